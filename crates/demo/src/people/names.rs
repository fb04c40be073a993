//! Names in about the mix heard in the city, and the languages that go with them.

/// A family of names.
pub(crate) struct Origin {
    /// How common it is among tenants, in hundredths.
    pub weight: u32,
    /// Given names of women.
    pub female: &'static [&'static str],
    /// Given names of men.
    pub male: &'static [&'static str],
    /// Family names.
    pub family: &'static [&'static str],
    /// First languages other than English, as codes, with the share of households (per 10,000) that use each at home.
    pub languages: &'static [(&'static str, u32)],
}

pub(crate) const ORIGINS: [Origin; 11] = [
    Origin {
        weight: 58,
        female: &[
            "Margaret", "Susan", "Linda", "Julie", "Karen", "Sharon", "Tracey", "Michelle", "Donna", "Lisa", "Emma",
            "Sarah", "Claire", "Kelly", "Gemma", "Hayley", "Laura", "Stacey", "Jade", "Chloe", "Megan", "Amy", "Beth",
            "Rosie", "Jean", "Doreen", "Maureen", "Sheila", "Pauline", "Janet", "Carol", "Gillian", "Wendy", "Lauren",
            "Kirsty", "Natalie", "Poppy", "Ruby", "Evie", "Lily", "Eileen", "Bridget", "Siobhan", "Rhiannon",
        ],
        male: &[
            "David", "John", "Paul", "Mark", "Kevin", "Gary", "Stephen", "Andrew", "Darren", "Lee", "Wayne", "Jason",
            "Craig", "Matthew", "Daniel", "Ryan", "Liam", "Luke", "Jack", "Callum", "Connor", "Josh", "Harry", "Alfie",
            "Ronald", "Brian", "Derek", "Terence", "Keith", "Roy", "Trevor", "Graham", "Barry", "Neil", "Simon",
            "Shaun", "Carl", "Dean", "Archie", "Oscar", "Patrick", "Declan", "Gareth", "Euan",
        ],
        family: &[
            "Smith", "Jones", "Taylor", "Brown", "Wilson", "Evans", "Thomas", "Johnson", "Walker", "Wright",
            "Thompson", "White", "Hughes", "Edwards", "Green", "Hall", "Wood", "Harris", "Clarke", "Turner", "Hill",
            "Cooper", "Ward", "Moore", "Morris", "King", "Baker", "Harrison", "Allen", "Mitchell", "Scott", "Phillips",
            "Parker", "Bennett", "Cook", "Shaw", "Collins", "Bell", "Price", "Carter", "Webb", "Hunt", "Palmer",
            "Holmes", "Mills", "Barnes", "Knight", "Lloyd", "Butler", "Russell", "Fisher", "Stevens", "Jenkins",
            "Murray", "Dixon", "Harvey", "Pearson", "Gibson", "Fletcher", "Howard", "Andrews", "Reynolds", "Fowler",
            "Simmonds", "Kirby", "Tolley", "Broad", "Hedges", "Surman", "Loveridge", "Merry", "Shirley", "O’Connor",
            "Murphy", "Kelly", "Doyle", "Byrne",
        ],
        languages: &[],
    },
    Origin {
        weight: 9,
        female: &[
            "Shazia", "Nasreen", "Farzana", "Rukhsana", "Samina", "Sadia", "Aisha", "Zainab", "Maryam", "Hina",
            "Kiran", "Uzma", "Rabia", "Saima", "Noreen", "Shabana", "Iqra", "Amina", "Bushra", "Tahira",
        ],
        male: &[
            "Mohammed", "Imran", "Asif", "Tariq", "Nadeem", "Khalid", "Zahid", "Shahid", "Waqas", "Usman", "Bilal",
            "Hamza", "Adnan", "Faisal", "Javed", "Arshad", "Kashif", "Rizwan", "Sajid", "Yasir",
        ],
        family: &[
            "Khan", "Hussain", "Ahmed", "Mahmood", "Iqbal", "Malik", "Akhtar", "Shah", "Mirza", "Butt", "Chaudhry",
            "Rashid", "Aslam", "Raja", "Qureshi", "Sheikh", "Anwar", "Bashir", "Siddique", "Rehman",
        ],
        languages: &[("ur", 2_200), ("pa", 1_400)],
    },
    Origin {
        weight: 4,
        female: &[
            "Rahima", "Shirin", "Nazma", "Rokeya", "Sultana", "Hasina", "Salma", "Taslima", "Fatema", "Ruksana",
            "Priya", "Anjali", "Kavita", "Meena", "Sunita", "Deepa", "Harpreet", "Manjit",
        ],
        male: &[
            "Abdul", "Kamal", "Rafiq", "Shafiq", "Mizan", "Jahangir", "Faruk", "Anwar", "Shamim", "Habib", "Rajesh",
            "Sanjay", "Vikram", "Anil", "Gurpreet", "Jaswinder", "Suresh", "Amit",
        ],
        family: &[
            "Begum", "Miah", "Uddin", "Rahman", "Islam", "Chowdhury", "Haque", "Ali", "Khatun", "Alam", "Patel",
            "Sharma", "Singh", "Kaur", "Gurung", "Rai", "Thapa", "Nair",
        ],
        languages: &[("bn", 2_600), ("pa", 500), ("ne", 400), ("gu", 300)],
    },
    Origin {
        weight: 8,
        female: &[
            "Abena", "Ama", "Blessing", "Chidinma", "Efua", "Folake", "Grace", "Mercy", "Ngozi", "Patience", "Tendai",
            "Rutendo", "Wanjiru", "Akosua", "Comfort", "Esther", "Florence", "Joy",
        ],
        male: &[
            "Kwame", "Kofi", "Emeka", "Chinedu", "Tunde", "Femi", "Samuel", "Emmanuel", "Tapiwa", "Tafadzwa",
            "Kamau", "Otieno", "Yaw", "Isaac", "Joseph", "Moses", "Solomon", "Ebenezer",
        ],
        family: &[
            "Mensah", "Owusu", "Boateng", "Asante", "Adeyemi", "Okafor", "Okonkwo", "Balogun", "Eze", "Moyo", "Ncube",
            "Chikwanha", "Mwangi", "Kariuki", "Banda", "Phiri", "Addo", "Ofori", "Nwosu", "Adebayo",
        ],
        languages: &[("sw", 500), ("yo", 500), ("fr", 600), ("sn", 300)],
    },
    Origin {
        weight: 4,
        female: &[
            "Hodan", "Fadumo", "Sahra", "Amal", "Ifrah", "Halima", "Hibo", "Selam", "Tigist", "Feven", "Helen",
            "Bethlehem", "Saba", "Rahel",
        ],
        male: &[
            "Abdi", "Mohamud", "Ismail", "Yusuf", "Liban", "Guled", "Dawit", "Yonas", "Tesfaye", "Haile", "Samuel",
            "Kidane", "Filmon", "Daniel",
        ],
        family: &[
            "Abdullahi", "Warsame", "Farah", "Hassan", "Jama", "Osman", "Ibrahim", "Tekle", "Gebre", "Berhane",
            "Kidane", "Tesfay", "Mehari", "Woldu", "Abebe", "Mulugeta",
        ],
        languages: &[("so", 2_600), ("ti", 2_300), ("am", 700)],
    },
    Origin {
        weight: 4,
        female: &[
            "Beverley", "Marcia", "Yvonne", "Paulette", "Sonia", "Denise", "Shanice", "Keisha", "Chantelle", "Naomi",
            "Simone", "Althea", "Merlene", "Tamara",
        ],
        male: &[
            "Winston", "Delroy", "Errol", "Leroy", "Marlon", "Andre", "Jermaine", "Tyrone", "Curtis", "Clive", "Junior",
            "Nathaniel", "Dwayne", "Reuben",
        ],
        family: &[
            "Campbell", "Grant", "Gordon", "Francis", "Bailey", "Morgan", "Henry", "Powell", "Blake", "Reid", "Lewis",
            "Samuels", "Joseph", "Alexander", "Charles", "Pryce", "Wint", "Bogle",
        ],
        languages: &[],
    },
    Origin {
        weight: 4,
        female: &[
            "Agnieszka", "Katarzyna", "Monika", "Ewa", "Joanna", "Magdalena", "Beata", "Dorota", "Justyna", "Zuzanna",
            "Aleksandra", "Wiktoria", "Małgorzata", "Iwona",
        ],
        male: &[
            "Piotr", "Tomasz", "Marcin", "Krzysztof", "Paweł", "Grzegorz", "Łukasz", "Jakub", "Rafał", "Wojciech",
            "Mateusz", "Andrzej", "Kamil", "Szymon",
        ],
        family: &[
            "Nowak", "Kowalczyk", "Wójcik", "Mazur", "Krawczyk", "Zając", "Pawlak", "Dudek", "Wieczorek", "Adamczyk",
            "Sikora", "Baran", "Szewczyk", "Duda", "Kubiak", "Wilk",
        ],
        languages: &[("pl", 5_000)],
    },
    Origin {
        weight: 3,
        female: &[
            "Maria", "Ana", "Filomena", "Joaquina", "Isabel", "Fátima", "Lurdes", "Cristina", "Domingas", "Rosa",
            "Teresa", "Natália",
        ],
        male: &[
            "José", "João", "António", "Manuel", "Carlos", "Paulo", "Domingos", "Francisco", "Agostinho", "Rui",
            "Miguel", "Zeferino",
        ],
        family: &[
            "da Silva", "dos Santos", "Soares", "Pereira", "Ximenes", "Guterres", "da Costa", "Ribeiro", "Fernandes",
            "Belo", "Amaral", "Freitas", "de Jesus", "Gusmão", "Alves", "Marques",
        ],
        languages: &[("pt", 3_000), ("tet", 2_600)],
    },
    Origin {
        weight: 3,
        female: &[
            "Layla", "Noor", "Rania", "Huda", "Mona", "Samira", "Yasmin", "Dalal", "Shirin", "Parisa", "Zahra", "Nasrin",
        ],
        male: &[
            "Omar", "Khaled", "Mustafa", "Hassan", "Ahmad", "Ali", "Karim", "Samir", "Reza", "Farhad", "Najib", "Sami",
        ],
        family: &[
            "Al-Hassan", "Al-Khatib", "Haddad", "Mansour", "Saleh", "Nasser", "Aziz", "Karimi", "Ahmadi", "Rahimi",
            "Hamdan", "Darwish", "Bakr", "Sabri",
        ],
        languages: &[("ar", 4_000), ("fa", 1_500), ("ku", 1_200)],
    },
    Origin {
        weight: 2,
        female: &["Mei", "Li Na", "Xiu Ying", "Wing Yan", "Hui", "Yan", "Siu Ling", "Lan", "Thi Hoa", "Grace"],
        male: &["Wei", "Jun", "Ming", "Chi Keung", "Hao", "Ka Ho", "Tao", "Jian", "Van Minh", "Raymond"],
        family: &["Chan", "Wong", "Li", "Wang", "Chen", "Cheung", "Lam", "Zhang", "Liu", "Nguyen", "Tran", "Ho"],
        languages: &[("zh", 2_600), ("yue", 2_000), ("vi", 900)],
    },
    Origin {
        weight: 3,
        female: &[
            "Ioana", "Elena", "Mihaela", "Andreea", "Daniela", "Ivana", "Svetlana", "Olena", "Oksana", "Kristina", "Rasa",
            "Giulia",
        ],
        male: &[
            "Andrei", "Mihai", "Ionuț", "Florin", "Georgi", "Dimitar", "Artan", "Besnik", "Oleksandr", "Jonas", "Marco",
            "Viktor",
        ],
        family: &[
            "Popescu", "Ionescu", "Dumitru", "Stan", "Georgiev", "Petrov", "Hoxha", "Krasniqi", "Shevchenko",
            "Kovalenko", "Kazlauskas", "Rossi", "Novák", "Horváth",
        ],
        languages: &[("ro", 2_200), ("uk", 1_100), ("sq", 1_100), ("bg", 800)],
    },
];

/// A name without its marks, in lower case, for an e-mail address.
pub(crate) fn plain(name: &str) -> String {
    name.chars()
        .filter_map(|letter| match letter {
            'á' | 'ã' | 'Á' => Some('a'),
            'é' => Some('e'),
            'í' => Some('i'),
            'ó' => Some('o'),
            'ú' => Some('u'),
            'ą' => Some('a'),
            'ł' | 'Ł' => Some('l'),
            'ț' => Some('t'),
            letter if letter.is_ascii_alphabetic() => Some(letter.to_ascii_lowercase()),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_gives_a_plain_address() {
        for origin in &ORIGINS {
            for name in origin.female.iter().chain(origin.male).chain(origin.family) {
                let expected = name.chars().filter(|letter| letter.is_alphabetic()).count();
                assert_eq!(plain(name).len(), expected, "{name}");
            }
        }
    }

    #[test]
    fn weights_make_about_a_hundred() {
        assert!((95..=110).contains(&ORIGINS.iter().map(|origin| origin.weight).sum::<u32>()));
    }
}
