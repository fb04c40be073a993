//! A composed letter as pages of a PDF with their tags.

use crate::{
    MM,
    flow::{Composed, Ink, LEFT, Node, PAGE, Piece, RIGHT, Shows, Sizes},
    lines::{Line, Typesetter},
};
use krilla::{
    Document, SerializeSettings,
    color::rgb,
    configure::{Accessibility, ConfigurationBuilder},
    destination::XyzDestination,
    geom::{Path, PathBuilder, Point, Rect, Transform},
    metadata::Metadata,
    num::NormalizedF32,
    outline::{Outline, OutlineNode},
    page::PageSettings,
    paint::{Fill, FillRule},
    surface::Surface,
    tagging::{Artifact, ArtifactType, ContentTag, Identifier, SpanTag, Tag, TagGroup, TagTree},
};
use rooftree_platform::{
    letters::{LANGUAGE, Letter},
    ports::PrintError,
};

/// Where the foot begins.
const FOOT: f32 = 281.0 * MM;
/// Where the head of the pages after the first begins.
const HEAD: f32 = 14.0 * MM;

fn failed(what: impl std::fmt::Display) -> PrintError {
    PrintError::Failed(what.to_string())
}

/// Draws letters into one file.
pub fn draw(typesetter: &mut Typesetter, letters: &[Letter], composed: Vec<Composed>) -> Result<Vec<u8>, PrintError> {
    let configuration = ConfigurationBuilder::new().with_accessibility_validator(Accessibility::UA1).finish();
    let mut document = Document::new_with(SerializeSettings {
        configuration: configuration.map_err(|error| failed(format!("{error:?}")))?,
        ..SerializeSettings::default()
    });
    document.set_metadata(metadata(letters));
    let mut tree = TagTree::new().with_lang(Some(LANGUAGE.to_owned()));
    let mut outline = Outline::new();
    let mut first_page = 0;
    for (letter, composed) in letters.iter().zip(composed) {
        outline.push_child(contents(letter, &composed, first_page));
        let pages = composed.pages;
        let tags = draw_letter(&mut document, typesetter, letter, composed)?;
        match letters.len() {
            1 => tags.into_iter().for_each(|group| tree.push(group)),
            _ => tree.push(TagGroup::with_children(Tag::Part, tags.into_iter().map(Into::into).collect())),
        }
        first_page += pages;
    }
    document.set_outline(outline);
    document.set_tag_tree(tree);
    document.finish().map_err(failed)
}

fn metadata(letters: &[Letter]) -> Metadata {
    let title = match letters {
        [one] => title(one),
        many => format!("{} letters", many.len()),
    };
    let metadata = Metadata::new().title(title).language(LANGUAGE.to_owned()).creator("Rooftree".to_owned());
    match letters.first() {
        Some(first) => metadata.authors(vec![first.letterhead.name.clone()]),
        None => metadata,
    }
}

/// What the file is called by whoever opens it; it must be called something.
fn title(letter: &Letter) -> String {
    let subject = letter.subject.replace(char::is_control, " ");
    if subject.trim().is_empty() { "Letter".to_owned() } else { subject }
}

/// A letter and its headings, for those who jump.
fn contents(letter: &Letter, composed: &Composed, first_page: usize) -> OutlineNode {
    let to = |page: usize, y: f32| XyzDestination::new(first_page + page, Point::from_xy(LEFT, y));
    let mut node = OutlineNode::new(title(letter), to(0, 0.0));
    for (words, page, y) in &composed.headings {
        node.push_child(OutlineNode::new(words.clone(), to(*page, *y)));
    }
    node
}

fn draw_letter(
    document: &mut Document,
    typesetter: &mut Typesetter,
    letter: &Letter,
    composed: Composed,
) -> Result<Vec<TagGroup>, PrintError> {
    let Composed { pieces, tags, pages, .. } = composed;
    let mut drawn: Vec<(usize, Identifier)> = Vec::new();
    for number in 0..pages {
        let settings = PageSettings::from_wh(PAGE.0, PAGE.1).ok_or_else(|| failed("A4 is not a size"))?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        for piece in pieces.iter().filter(|piece| piece.page == number) {
            drawn.extend(draw_piece(&mut surface, piece));
        }
        furniture(&mut surface, typesetter, letter, number, pages)?;
        surface.finish();
        page.finish();
    }
    let mut drawn = drawn.into_iter().map(Some).collect::<Vec<_>>();
    Ok(tags.into_iter().filter_map(|node| group(node, &mut drawn)).collect())
}

/// Draws a piece; gives the leaf that it belongs to and its mark.
fn draw_piece(surface: &mut Surface<'_>, piece: &Piece) -> Option<(usize, Identifier)> {
    match &piece.shows {
        Shows::Words(line, ink, slot) => {
            let read_as = SpanTag::empty().with_actual_text(line.read_as.as_deref());
            let mark = surface.start_tagged(ContentTag::Span(read_as));
            draw_line(surface, line, *ink, piece.x, piece.y);
            surface.end_tagged();
            Some((*slot, mark))
        }
        Shows::Picture(image, size, slot) => {
            let mark = surface.start_tagged(ContentTag::Other);
            surface.push_transform(&Transform::from_translate(piece.x, piece.y));
            surface.draw_image(image.clone(), *size);
            surface.pop();
            surface.end_tagged();
            Some((*slot, mark))
        }
        Shows::Rule(width) => {
            surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)));
            if let Some(path) = rule(piece.x, piece.y, *width) {
                surface.set_fill(Some(fill(rgb::Color::new(0xc3, 0xcd, 0xc8))));
                surface.draw_path(&path);
            }
            surface.end_tagged();
            None
        }
    }
}

fn draw_line(surface: &mut Surface<'_>, line: &Line, ink: Ink, x: f32, y: f32) {
    let colour = match ink {
        Ink::Black => rgb::Color::new(0x15, 0x21, 0x1e),
        Ink::House => rgb::Color::new(0x0f, 0x3f, 0x36),
    };
    surface.set_fill(Some(fill(colour)));
    line.draw(surface, x, y);
}

fn fill(colour: rgb::Color) -> Fill {
    Fill { paint: colour.into(), opacity: NormalizedF32::ONE, rule: FillRule::default() }
}

fn rule(x: f32, y: f32, width: f32) -> Option<Path> {
    let mut path = PathBuilder::new();
    path.push_rect(Rect::from_xywh(x, y, width, 0.6)?);
    path.finish()
}

/// What stands on every page and is not read aloud: whose letter it is, and which page of how many.
fn furniture(
    surface: &mut Surface<'_>,
    typesetter: &mut Typesetter,
    letter: &Letter,
    number: usize,
    pages: usize,
) -> Result<(), PrintError> {
    let small = Sizes::of(letter.large_print).small;
    let width = RIGHT - LEFT;
    if number > 0 {
        surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Header)));
        let head = format!("{} · {}", letter.letterhead.name, letter.subject);
        if let Some(line) = typesetter.lines(&head, small, width)?.first() {
            draw_line(surface, line, Ink::House, LEFT, HEAD);
        }
        surface.end_tagged();
    }
    surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Footer)));
    let name = typesetter.lines(&letter.letterhead.name, small, width * 0.7)?;
    if let Some(line) = name.first() {
        draw_line(surface, line, Ink::Black, LEFT, FOOT);
    }
    let page = typesetter.lines(&format!("Page {} of {pages}", number + 1), small, width)?;
    if let Some(line) = page.first() {
        draw_line(surface, line, Ink::Black, RIGHT - line.width(), FOOT);
    }
    surface.end_tagged();
    Ok(())
}

/// The tags of a node with the marks that were drawn for it; none when nothing was.
fn group(node: Node, drawn: &mut Vec<Option<(usize, Identifier)>>) -> Option<TagGroup> {
    let Node::Group(tag, children) = node else { return None };
    let mut group = TagGroup::new(tag);
    for child in children {
        match child {
            Node::Slot(slot) => {
                for mark in drawn.iter_mut().filter(|mark| matches!(mark, Some((of, _)) if *of == slot)) {
                    group.children.extend(mark.take().map(|(_, mark)| mark.into()));
                }
            }
            inner => group.children.extend(self::group(inner, drawn).map(Into::into)),
        }
    }
    (!group.children.is_empty()).then_some(group)
}
