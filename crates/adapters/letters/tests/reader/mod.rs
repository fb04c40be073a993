//! Reads a PDF as a screen reader does: along its tags, in their order.

use lopdf::{Dictionary, Document, Object, ObjectId, content::Content};
use std::collections::HashMap;

/// What a PDF says about itself and to whoever listens.
pub struct Read {
    pub document: Document,
    /// Each leaf element with its path of roles and its words: `("Document/L/LI/LBody", "the first point")`.
    pub heard: Vec<(String, String)>,
}

impl Read {
    pub fn of(pdf: &[u8]) -> Self {
        let document = Document::load_mem(pdf).unwrap();
        let pages = document.get_pages();
        let words: HashMap<ObjectId, HashMap<i64, String>> =
            pages.values().map(|page| (*page, marked_words(&document, *page))).collect();
        let mut heard = Vec::new();
        let root = deref(&document, document.catalog().unwrap(), b"StructTreeRoot").as_dict().unwrap().clone();
        walk(&document, &root, "", None, &words, &mut heard);
        Self { document, heard }
    }

    /// An entry of the catalogue.
    pub fn catalog(&self, key: &[u8]) -> Object {
        deref(&self.document, self.document.catalog().unwrap(), key).clone()
    }

    /// The words that stand under this role, by the end of the path.
    pub fn under(&self, role: &str) -> Vec<&str> {
        self.heard.iter().filter(|(path, _)| path.ends_with(role)).map(|(_, words)| words.as_str()).collect()
    }

    /// All that is heard, as one text.
    pub fn words(&self) -> String {
        self.heard.iter().map(|(_, words)| words.as_str()).collect::<Vec<_>>().join("\n")
    }

    /// The files of typefaces that are not in the PDF.
    pub fn fonts_missing(&self) -> usize {
        let descriptors = self.document.objects.values().filter_map(|object| object.as_dict().ok());
        let descriptors = descriptors.filter(|dict| dict.has_type(b"FontDescriptor"));
        descriptors.filter(|dict| !dict.has(b"FontFile2") && !dict.has(b"FontFile3")).count()
    }
}

fn deref<'a>(document: &'a Document, dict: &'a Dictionary, key: &[u8]) -> &'a Object {
    dict.get_deref(key, document).unwrap_or_else(|_| panic!("no {}", String::from_utf8_lossy(key)))
}

fn walk(
    document: &Document,
    element: &Dictionary,
    path: &str,
    page: Option<ObjectId>,
    words: &HashMap<ObjectId, HashMap<i64, String>>,
    heard: &mut Vec<(String, String)>,
) {
    let role = element.get(b"S").and_then(Object::as_name).map(|name| String::from_utf8_lossy(name).into_owned());
    let path = role.map_or_else(|_| path.to_owned(), |role| format!("{path}/{role}"));
    let page = element.get(b"Pg").and_then(Object::as_reference).ok().or(page);
    let Ok(kids) = element.get_deref(b"K", document) else { return };
    let kids = kids.as_array().cloned().unwrap_or_else(|_| vec![kids.clone()]);
    let mut own: Vec<String> = Vec::new();
    let alt = element.get(b"Alt").and_then(Object::as_str).ok().map(text);
    for kid in &kids {
        let (_, kid) = document.dereference(kid).unwrap();
        let marked = |dict: &Dictionary| dict.has(b"MCID");
        match kid {
            Object::Integer(mark) => own.push(words[&page.unwrap()][mark].clone()),
            Object::Dictionary(dict) if marked(dict) => {
                let on = dict.get(b"Pg").and_then(Object::as_reference).ok().or(page).unwrap();
                own.push(words[&on][&dict.get(b"MCID").unwrap().as_i64().unwrap()].clone());
            }
            Object::Dictionary(dict) => walk(document, dict, &path, page, words, heard),
            other => panic!("{other:?} in the tree of tags"),
        }
    }
    if !own.is_empty() {
        let lines: Vec<String> = own.iter().map(|line| line.trim().to_owned()).collect();
        heard.push((path, alt.unwrap_or_else(|| lines.join(" "))));
    }
}

/// A text string of a PDF, in UTF-16 with its mark or plain.
pub fn text(bytes: &[u8]) -> String {
    match bytes {
        [0xfe, 0xff, rest @ ..] => {
            let units: Vec<u16> = rest.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
            String::from_utf16(&units).unwrap()
        }
        plain => String::from_utf8_lossy(plain).into_owned(),
    }
}

/// The words of each marked piece of a page. What is an artifact has no mark and is not heard.
fn marked_words(document: &Document, page: ObjectId) -> HashMap<i64, String> {
    let fonts = document.get_page_fonts(page).unwrap();
    let encodings: HashMap<Vec<u8>, lopdf::Encoding<'_>> =
        fonts.iter().map(|(name, font)| (name.clone(), font.get_font_encoding(document).unwrap())).collect();
    let content = Content::decode(&document.get_page_content(page)).unwrap();
    let (mut found, mut open, mut font) =
        (HashMap::<i64, String>::new(), Vec::<(Option<i64>, bool)>::new(), Vec::new());
    for operation in &content.operations {
        let operands = &operation.operands;
        match operation.operator.as_str() {
            "BDC" | "BMC" => {
                let properties = operands.get(1).and_then(|properties| properties.as_dict().ok());
                let mark = properties.and_then(|dict| dict.get(b"MCID").ok()).and_then(|mark| mark.as_i64().ok());
                let actual =
                    properties.and_then(|dict| dict.get(b"ActualText").ok()).and_then(|words| words.as_str().ok());
                let outer = open.iter().rev().find_map(|(mark, _)| *mark);
                if let (Some(words), Some(mark)) = (actual, mark.or(outer)) {
                    found.entry(mark).or_default().push_str(&text(words));
                }
                if let Some(mark) = mark {
                    found.entry(mark).or_default();
                }
                open.push((mark, actual.is_some()));
            }
            "EMC" => drop(open.pop()),
            "Tf" => font = operands[0].as_name().unwrap().to_vec(),
            "Tj" | "TJ" => {
                let Some(mark) = open.iter().rev().find_map(|(mark, _)| *mark) else { continue };
                if open.iter().any(|(_, actual)| *actual) {
                    continue;
                }
                let pieces = operands[0].as_array().cloned().unwrap_or_else(|_| vec![operands[0].clone()]);
                for piece in pieces.iter().filter_map(|piece| piece.as_str().ok()) {
                    let words = Document::decode_text(&encodings[&font], piece).unwrap();
                    found.entry(mark).or_default().push_str(&words);
                }
            }
            _ => {}
        }
    }
    found
}
