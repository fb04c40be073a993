//! One line for a reader whose language is not English, in their own: that the letter matters, and how to have it explained. The words are our
//! own: have them checked by somebody who speaks the language before you use them.

/// A line in another language than English.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The language, as a tag of BCP 47.
    pub language: &'static str,
    /// Its words.
    pub text: String,
}

/// The language's name in English, as it is kept with a person; its tag; its words, in which `{phone}` is the number to ring.
const LINES: &[(&str, &str, &str)] = &[
    ("Albanian", "sq", "Kjo letër është e rëndësishme. Nëse e doni në gjuhën tuaj, na telefononi: {phone}"),
    ("Amharic", "am", "ይህ ደብዳቤ አስፈላጊ ነው። በቋንቋዎ ከፈለጉ ይደውሉልን፦ {phone}"),
    ("Arabic", "ar", "هذه الرسالة مهمة. إذا أردتها بلغتك فاتصل بنا: {phone}"),
    ("Bengali", "bn", "এই চিঠিটি গুরুত্বপূর্ণ। আপনার ভাষায় পেতে চাইলে আমাদের ফোন করুন: {phone}"),
    ("Bulgarian", "bg", "Това писмо е важно. Ако го искате на Вашия език, обадете ни се: {phone}"),
    ("Cantonese", "yue", "這封信很重要。如果您需要以您的語言閱讀，請致電我們：{phone}"),
    ("French", "fr", "Cette lettre est importante. Si vous la souhaitez dans votre langue, appelez-nous : {phone}"),
    ("Gujarati", "gu", "આ પત્ર મહત્વનો છે. તમારી ભાષામાં જોઈતો હોય તો અમને ફોન કરો: {phone}"),
    ("Kurdish", "ku", "Ev name girîng e. Heke hûn wê bi zimanê xwe dixwazin, telefonî me bikin: {phone}"),
    ("Mandarin", "zh", "这封信很重要。如果您需要以您的语言阅读，请致电我们：{phone}"),
    ("Nepali", "ne", "यो पत्र महत्त्वपूर्ण छ। आफ्नो भाषामा चाहिएमा हामीलाई फोन गर्नुहोस्: {phone}"),
    ("Persian", "fa", "این نامه مهم است. اگر آن را به زبان خود می‌خواهید، با ما تماس بگیرید: {phone}"),
    ("Polish", "pl", "Ten list jest ważny. Jeśli chcesz go otrzymać w swoim języku, zadzwoń do nas: {phone}"),
    ("Portuguese", "pt", "Esta carta é importante. Se a quiser na sua língua, ligue-nos: {phone}"),
    ("Punjabi", "pa", "ਇਹ ਚਿੱਠੀ ਮਹੱਤਵਪੂਰਨ ਹੈ। ਜੇ ਤੁਹਾਨੂੰ ਇਹ ਆਪਣੀ ਭਾਸ਼ਾ ਵਿੱਚ ਚਾਹੀਦੀ ਹੈ, ਤਾਂ ਸਾਨੂੰ ਫ਼ੋਨ ਕਰੋ: {phone}"),
    ("Romanian", "ro", "Această scrisoare este importantă. Dacă o doriți în limba dumneavoastră, sunați-ne: {phone}"),
    ("Shona", "sn", "Tsamba iyi yakakosha. Kana muchiida mumutauro wenyu, tifonerei: {phone}"),
    ("Somali", "so", "Warqaddani waa muhiim. Haddii aad ku rabto luqaddaada, na soo wac: {phone}"),
    ("Swahili", "sw", "Barua hii ni muhimu. Ukiitaka kwa lugha yako, tupigie simu: {phone}"),
    ("Tetum", "tet", "Karta ida-ne’e importante. Se ita hakarak iha ita-nia lian, telefone mai ami: {phone}"),
    ("Tigrinya", "ti", "እዚ ደብዳበ ኣገዳሲ እዩ። ብቋንቋኹም እንተደሊኹምዎ ደውሉልና፦ {phone}"),
    ("Ukrainian", "uk", "Цей лист важливий. Якщо ви хочете отримати його своєю мовою, зателефонуйте нам: {phone}"),
    ("Urdu", "ur", "یہ خط اہم ہے۔ اگر آپ اسے اپنی زبان میں چاہتے ہیں تو ہمیں فون کریں: {phone}"),
    ("Vietnamese", "vi", "Thư này quan trọng. Nếu quý vị cần bản bằng tiếng của mình, xin gọi cho chúng tôi: {phone}"),
    ("Yoruba", "yo", "Lẹ́tà yìí ṣe pàtàkì. Bí ẹ bá fẹ́ ẹ ní èdè yín, ẹ pè wá: {phone}"),
];

/// The line for somebody who speaks this language best, by its name in English; none for English and for languages that we have no words in.
pub fn line(language: &str, phone: &str) -> Option<Line> {
    let (_, tag, words) = LINES.iter().find(|(name, ..)| name.eq_ignore_ascii_case(language.trim()))?;
    // A space that does not break: in a line from right to left an ordinary one would put the number's groups in the wrong order.
    Some(Line { language: tag, text: words.replace("{phone}", &phone.replace(' ', "\u{a0}")) })
}

/// The languages that there are words in, by their names in English.
pub fn all() -> impl Iterator<Item = &'static str> {
    LINES.iter().map(|(name, ..)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_by_the_languages_name_and_says_whom_to_ring() {
        assert!(
            all().all(|name| line(name, "01632 960100").is_some_and(|line| line.text.ends_with("01632\u{a0}960100")))
        );
        assert_eq!(line(" somali", "1").map(|line| line.language), Some("so"));
        assert_eq!([line("English", "1"), line("Klingon", "1")], [None, None]);
    }
}
