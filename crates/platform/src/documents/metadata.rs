//! What a picture's file says beside the picture: where it was taken, by whom, with what. It is taken out of every picture that comes in,
//! before anything is stored; nobody who sends a photo of a tap means to send the place and the hour as well. Of a file that is cut off the
//! part that is there is kept, and it is said that the rest is missing.

use image::metadata::Orientation;

/// A picture's file without what it says beside the picture.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Bare {
    /// The file; the same bytes where there was nothing to take out.
    pub bytes: Vec<u8>,
    /// Which way the picture is to be turned: phones write it lying down and note how they were held.
    pub turn: Orientation,
    /// The end of the file is there.
    pub whole: bool,
}

/// Takes a file apart by what it is; anything else is left as it is.
pub(super) fn take_out(media_type: &str, bytes: &[u8]) -> Bare {
    match media_type {
        "image/jpeg" => jpeg(bytes),
        "image/png" => png(bytes),
        "image/webp" => webp(bytes),
        _ => Bare { bytes: bytes.to_vec(), turn: Orientation::NoTransforms, whole: true },
    }
}

fn turn(exif: Option<&[u8]>) -> Orientation {
    exif.and_then(Orientation::from_exif_chunk).unwrap_or(Orientation::NoTransforms)
}

/// A JPEG is a list of segments before the picture's data: Exif and XMP stand in the first of the program's own, IPTC in the thirteenth,
/// words in comments. The colour profile (the second) stays.
fn jpeg(bytes: &[u8]) -> Bare {
    let (mut out, mut exif) = (Vec::with_capacity(bytes.len()), None);
    let mut rest = bytes;
    if let Some(after) = rest.strip_prefix(b"\xff\xd8") {
        out.extend(b"\xff\xd8");
        rest = after;
    }
    while let [0xff, marker, high, low, ..] = *rest {
        let length = usize::from(u16::from_be_bytes([high, low])) + 2;
        // The picture's data begins, or the file ends within a segment.
        if marker == 0xda || rest.len() < length {
            break;
        }
        let (segment, after) = rest.split_at(length);
        if marker == 0xe1 && exif.is_none() {
            exif = segment[4..].strip_prefix(b"Exif\0\0");
        }
        if !matches!(marker, 0xe1 | 0xed | 0xfe) {
            out.extend(segment);
        }
        rest = after;
    }
    // Behind the picture's end phones hang films and second pictures, each with what it says of itself.
    let end = if rest.starts_with(b"\xff\xda") { end_of_jpeg(rest) } else { None };
    out.extend(&rest[..end.unwrap_or(rest.len())]);
    Bare { turn: turn(exif), whole: end.is_some(), bytes: out }
}

/// Where the picture's data ends: at its mark, which within the data never stands as such.
fn end_of_jpeg(data: &[u8]) -> Option<usize> {
    data.windows(2).position(|two| two == b"\xff\xd9").map(|at| at + 2)
}

/// A PNG is a list of chunks: length, name, data, checksum.
fn png(bytes: &[u8]) -> Bare {
    const SIGNATURE: usize = 8;
    let mut out = bytes.get(..SIGNATURE).unwrap_or(bytes).to_vec();
    let mut rest = bytes.get(SIGNATURE..).unwrap_or_default();
    let (mut exif, mut whole) = (None, false);
    while let Some((head, _)) = rest.split_first_chunk::<8>() {
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let Some((chunk, after)) = length.checked_add(12).and_then(|all| rest.split_at_checked(all)) else { break };
        match &head[4..] {
            b"eXIf" => exif = Some(&chunk[8..8 + length]),
            b"tEXt" | b"zTXt" | b"iTXt" | b"tIME" => {}
            _ => out.extend(chunk),
        }
        rest = after;
        if &head[4..] == b"IEND" {
            // What hangs behind the end belongs to no picture.
            (whole, rest) = (true, &[]);
        }
    }
    out.extend(rest);
    Bare { turn: turn(exif), whole, bytes: out }
}

/// A WebP is a RIFF file: its name and length, then chunks of an even length. The first chunk of an extended one notes what else there is.
fn webp(bytes: &[u8]) -> Bare {
    const HEAD: usize = 12;
    const EXIF_AND_XMP: u8 = 0b1100;
    let mut out = bytes.get(..HEAD).unwrap_or(bytes).to_vec();
    let mut rest = bytes.get(HEAD..).unwrap_or_default();
    let mut exif = None;
    while let Some((head, _)) = rest.split_first_chunk::<8>() {
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        let padded = length.saturating_add(length & 1).saturating_add(8);
        let Some((chunk, after)) = rest.split_at_checked(padded) else { break };
        match &head[..4] {
            b"EXIF" => {
                let data = &chunk[8..8 + length];
                exif = Some(data.strip_prefix(b"Exif\0\0").unwrap_or(data));
            }
            b"XMP " => {}
            b"VP8X" if length > 0 => {
                out.extend(&chunk[..8]);
                out.push(chunk[8] & !EXIF_AND_XMP);
                out.extend(&chunk[9..]);
            }
            _ => out.extend(chunk),
        }
        rest = after;
    }
    let whole = rest.is_empty();
    out.extend(rest);
    let length = out.len().saturating_sub(8) as u32;
    if out.len() >= HEAD && out.len() != bytes.len() {
        out[4..8].copy_from_slice(&length.to_le_bytes());
    }
    Bare { turn: turn(exif), whole, bytes: out }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{DynamicImage, ImageFormat};
    use proptest::prelude::*;
    use std::io::Cursor;

    fn picture(format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::new_rgb8(80, 60).write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    /// Orientation 6, and a place.
    const EXIF: &[u8] = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0GPS51.75N";

    fn chunk_of_png(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
        [&(data.len() as u32).to_be_bytes()[..], name, data, b"\0\0\0\0"].concat()
    }

    #[test]
    fn a_picture_that_says_nothing_is_left_alone() {
        for (format, media_type) in
            [(ImageFormat::Jpeg, "image/jpeg"), (ImageFormat::Png, "image/png"), (ImageFormat::WebP, "image/webp")]
        {
            let bytes = picture(format);
            let bare = take_out(media_type, &bytes);
            assert_eq!(bare, Bare { bytes, turn: Orientation::NoTransforms, whole: true }, "{media_type}");
        }
    }

    #[test]
    fn the_place_is_taken_out_and_how_the_phone_was_held_is_known() {
        let jpeg = picture(ImageFormat::Jpeg);
        let segment = [&b"\xff\xe1"[..], &(EXIF.len() as u16 + 8).to_be_bytes(), b"Exif\0\0", EXIF].concat();
        let with = [&jpeg[..2], &segment, &jpeg[2..], b"film behind the picture GPS"].concat();
        assert_eq!(
            take_out("image/jpeg", &with),
            Bare { bytes: jpeg.clone(), turn: Orientation::Rotate90, whole: true }
        );

        let png = picture(ImageFormat::Png);
        let (head, tail) = png.split_at(33);
        let with = [head, &chunk_of_png(b"eXIf", EXIF), &chunk_of_png(b"tEXt", b"Author\0Ada"), tail].concat();
        assert_eq!(take_out("image/png", &with), Bare { bytes: png, turn: Orientation::Rotate90, whole: true });

        let webp = picture(ImageFormat::WebP);
        let mut with = [&webp[..], b"EXIF", &(EXIF.len() as u32).to_le_bytes(), EXIF].concat();
        with.resize(with.len() + EXIF.len() % 2, 0);
        let bare = take_out("image/webp", &with);
        assert_eq!((bare.bytes == webp, bare.turn, bare.whole), (true, Orientation::Rotate90, true));
    }

    #[test]
    fn what_is_cut_off_is_known() {
        for (format, media_type) in
            [(ImageFormat::Jpeg, "image/jpeg"), (ImageFormat::Png, "image/png"), (ImageFormat::WebP, "image/webp")]
        {
            let bytes = picture(format);
            let cut = &bytes[..bytes.len() - 9];
            let bare = take_out(media_type, cut);
            assert!(!bare.whole, "{media_type}");
            assert_eq!(bare.bytes, cut, "{media_type}: what there is stays");
        }
    }

    proptest! {
        #[test]
        fn no_file_stops_us(kind in 0_usize..3, mut bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let (media_type, start): (&str, &[u8]) =
                [("image/jpeg", &b"\xff\xd8\xff"[..]), ("image/png", b"\x89PNG\r\n\x1a\n"), ("image/webp", b"RIFF\0\0\0\0WEBP")][kind];
            bytes.splice(0..0, start.iter().copied());
            prop_assert!(take_out(media_type, &bytes).bytes.len() <= bytes.len());
        }
    }
}
