//! Opening pictures to make their small copies, within bounds: a file of a few kilobytes may unpack to gigabytes, and the memory is
//! everybody's. The header says how large a picture becomes; from it follows what opening it takes at worst, before it is opened.

use super::metadata::{Bare, take_out};
use crate::{Error, Result};
use bytes::Bytes;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, codecs::jpeg::JpegEncoder, metadata::Orientation};
use std::io::Cursor;
use tokio::sync::Semaphore;

// What decoders take at worst was read from their sources: image 0.25.10, zune-jpeg 0.5.15, image-webp 0.2.4. Read them again when these
// change in Cargo.lock.

/// How well a picture that is turned is written again: no eye tells it from the first.
const JPEG_QUALITY: u8 = 92;
/// The longer side of a thumbnail, in pixels.
const THUMBNAIL_PIXELS: u32 = 480;
/// Pictures beyond this many pixels are refused: opening one would cost whoever looks at it a gigabyte.
const DECODE_PIXELS_MAX: u64 = 60_000_000;
/// And so are those that take more memory than this when opened: a pixel has up to eight bytes.
const DECODE_BYTES_MAX: u64 = 192 << 20;
/// What a decoder may use besides the picture itself: a colour profile can be packed as tightly as a picture.
const DECODE_BYTES_BESIDE: u64 = 64 << 20;
/// What a JPEG that comes in several passes keeps besides, in bytes a pixel: two for each of up to four colours.
const JPEG_BYTES_BESIDE: u64 = 8;
/// A JPEG is made of blocks, so that it may be so many pixels wider and higher inside.
const JPEG_EDGE: u64 = 31;
/// What a WebP keeps besides, in bytes a pixel: its brightness and colours, and, lossless or see-through, its layers.
const WEBP_BYTES_BESIDE: (u64, u64) = (2, 6);
/// The tables of one that is lossless or see-through are packed no tighter than so many times.
const WEBP_TABLES: u64 = 512;
/// So much memory all pictures that are being opened may take together, in megabytes: five photos of a phone, or one of the
/// largest. The decoders for JPEG and WebP know no limits of their own.
const AT_ONCE_MEGABYTES: u32 = 704;
static MEMORY: Semaphore = Semaphore::const_new(AT_ONCE_MEGABYTES as usize);

/// A picture as it is kept.
pub(super) struct Kept {
    /// Upright, and without what the file says beside the picture.
    pub bytes: Bytes,
    /// A small copy, where the picture can be decoded: what is damaged further down may still show something to whoever looks at it.
    pub small: Option<Vec<u8>>,
    /// The end of the file is missing.
    pub cut_off: bool,
}

/// Makes a picture ready to be kept. One whose size cannot be read shows nothing: it is refused while there is still time to take another.
pub(super) async fn kept(media_type: &'static str, bytes: &Bytes) -> Result<Kept> {
    let refused = |why: String| Error::field("file", why);
    let header = bytes.clone();
    let measured = move || -> Result<(u64, Bare), String> {
        let bare = take_out(media_type, &header);
        // One that is turned is there twice for a moment.
        let turned = if bare.turn == Orientation::NoTransforms { 0 } else { opened_bytes(&header)? };
        Ok((memory_needed(&header)? + turned, bare))
    };
    let (needed, bare) = within(DECODE_BYTES_BESIDE, measured).await?.map_err(refused)?;
    within(needed, move || opened(bare)).await?.map_err(refused)
}

/// Does the work when there is memory for it.
async fn within<T: Send + 'static>(bytes: u64, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let megabytes = u32::try_from(bytes.div_ceil(1 << 20)).unwrap_or(u32::MAX).min(AT_ONCE_MEGABYTES);
    let turn = MEMORY.acquire_many(megabytes).await.map_err(|error| Error::Internal(error.to_string()))?;
    // The turn is over when the work is, even if whoever sent the picture is gone by then.
    let work = move || {
        let _turn = turn;
        work()
    };
    tokio::task::spawn_blocking(work).await.map_err(|_| Error::Internal("a picture's thumbnail broke off".into()))
}

/// The picture's header, read.
fn header(bytes: &[u8]) -> Result<(Option<ImageFormat>, impl ImageDecoder), String> {
    const CLOSED: &str = "this picture cannot be opened: take it again, or choose another";
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|_| CLOSED)?;
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(DECODE_BYTES_BESIDE);
    reader.limits(limits);
    let format = reader.format();
    Ok((format, reader.into_decoder().map_err(|_| CLOSED)?))
}

/// The bytes of the picture itself when it is open.
fn opened_bytes(bytes: &[u8]) -> Result<u64, String> {
    Ok(ImageDecoder::total_bytes(&header(bytes)?.1))
}

/// The bytes of memory that opening the picture takes at worst, or why it is refused.
fn memory_needed(bytes: &[u8]) -> Result<u64, String> {
    let (format, decoder) = header(bytes)?;
    let (width, height) = ImageDecoder::dimensions(&decoder);
    let opened = ImageDecoder::total_bytes(&decoder);
    check_size((width, height), opened)?;
    let (width, height) = (u64::from(width), u64::from(height));
    let beside = match format {
        Some(ImageFormat::Jpeg) => (width + JPEG_EDGE) * (height + JPEG_EDGE) * JPEG_BYTES_BESIDE + bytes.len() as u64,
        Some(ImageFormat::WebP) => webp_beside(bytes, width * height)?,
        _ => DECODE_BYTES_BESIDE,
    };
    let (mine, most) = ((opened + beside) >> 20, u64::from(AT_ONCE_MEGABYTES));
    if mine > most {
        return Err(too_much(mine, most));
    }
    Ok(opened + beside)
}

/// What a WebP takes besides what it becomes. Its parts are read one by one: the decoder believes each part's own size, which may be
/// larger than that of the whole.
fn webp_beside(bytes: &[u8], pixels: u64) -> Result<u64, String> {
    let (mut pixels, mut layered) = (pixels, false);
    let mut rest = bytes.get(12..).unwrap_or_default();
    while let Some((head, part)) = rest.split_first_chunk::<8>() {
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
        match &head[..4] {
            b"ANIM" | b"ANMF" => {
                return Err("a picture that moves cannot be kept: save one picture of it as a JPEG".to_owned());
            }
            b"VP8L" | b"ALPH" => layered = true,
            b"VP8 " => pixels = pixels.max(lossy_pixels(part)),
            _ => {}
        }
        rest = part.get(length.saturating_add(length & 1) as usize..).unwrap_or_default();
    }
    let (plain, layers) = WEBP_BYTES_BESIDE;
    Ok(pixels * plain + if layered { pixels * layers + bytes.len() as u64 * WEBP_TABLES } else { 0 })
}

/// Width times height, as the lossy part of a WebP has them after its six bytes of marks.
fn lossy_pixels(part: &[u8]) -> u64 {
    let side =
        |at: usize| part.get(at..at + 2).map_or(0, |two| u64::from(u16::from_le_bytes([two[0], two[1]]) & 0x3fff));
    side(6) * side(8)
}

/// Opens a picture, turns it upright where its phone was not held so, and makes its small copy.
fn opened(bare: Bare) -> Result<Kept, String> {
    let (format, decoder) = header(&bare.bytes)?;
    let cut_off = !bare.whole;
    let Ok(mut picture) = DynamicImage::from_decoder(decoder) else {
        return Ok(Kept { bytes: bare.bytes.into(), small: None, cut_off });
    };
    let mut bytes: Bytes = bare.bytes.into();
    if bare.turn != Orientation::NoTransforms {
        picture.apply_orientation(bare.turn);
        if let Some(turned) = written(&picture, format.unwrap_or(ImageFormat::Jpeg)) {
            bytes = turned.into();
        }
    }
    let small = picture.thumbnail(THUMBNAIL_PIXELS, THUMBNAIL_PIXELS).to_rgb8();
    Ok(Kept { bytes, small: written(&small.into(), ImageFormat::Jpeg), cut_off })
}

/// The picture as a file.
fn written(picture: &DynamicImage, format: ImageFormat) -> Option<Vec<u8>> {
    let mut out = Cursor::new(Vec::new());
    let done = match format {
        ImageFormat::Jpeg => {
            picture.to_rgb8().write_with_encoder(JpegEncoder::new_with_quality(&mut out, JPEG_QUALITY))
        }
        format => picture.write_to(&mut out, format),
    };
    done.is_ok().then(|| out.into_inner())
}

/// Refuses a picture with too many pixels, or too many bytes to a pixel, before it is opened.
fn check_size((width, height): (u32, u32), decoded_bytes: u64) -> Result<(), String> {
    let pixels = u64::from(width) * u64::from(height);
    if pixels > DECODE_PIXELS_MAX {
        let (mine, most) = (pixels / 1_000_000, DECODE_PIXELS_MAX / 1_000_000);
        return Err(format!("this picture has {mine} megapixels; at most {most} can be kept: make it smaller"));
    }
    if decoded_bytes > DECODE_BYTES_MAX {
        return Err(too_much(decoded_bytes >> 20, DECODE_BYTES_MAX >> 20));
    }
    Ok(())
}

fn too_much(mine: u64, most: u64) -> String {
    format!(
        "this picture takes {mine} MB of memory when opened; at most {most} can be kept: make it smaller, or save it as a JPEG"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The header of a JPEG in several passes with three colours, and nothing after it.
    fn jpeg(width: u16, height: u16) -> Vec<u8> {
        let mut bytes = b"\xff\xd8\xff\xc2\x00\x11\x08".to_vec();
        bytes.extend(height.to_be_bytes());
        bytes.extend(width.to_be_bytes());
        bytes.extend(b"\x03\x01\x11\x00\x02\x11\x00\x03\x11\x00");
        bytes.extend(b"\xff\xda\x00\x0c\x03\x01\x00\x02\x00\x03\x00\x00\x00\x00");
        bytes
    }

    /// A WebP that says it is one pixel, with one part of this name and these bytes.
    fn webp(name: &[u8; 4], part: &[u8]) -> Vec<u8> {
        let mut bytes = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\0\0\0\0\0\0".to_vec();
        bytes.extend(name);
        bytes.extend((part.len() as u32).to_le_bytes());
        bytes.extend(part);
        let length = (bytes.len() as u32 - 8).to_le_bytes();
        bytes[4..8].copy_from_slice(&length);
        bytes
    }

    #[test]
    fn deep_colours_count_against_a_picture() {
        let (phone, screenshot) = ((8000, 6000), (7740, 7740));
        assert_eq!(check_size(phone, 8000 * 6000 * 3), Ok(()));
        assert!(check_size(screenshot, 7740 * 7740 * 8).unwrap_err().contains("457 MB"));
        assert!(check_size((30_000, 30_000), 0).unwrap_err().contains("900 megapixels"));
    }

    #[test]
    fn a_jpeg_is_measured_by_its_header() {
        assert!(memory_needed(&jpeg(20_000, 20_000)).unwrap_err().contains("400 megapixels"));
        // Three bytes of each pixel are shown, and as many as eight are kept until the last pass.
        let largest = memory_needed(&jpeg(7745, 7745)).unwrap();
        assert!((11 * 59_985_025..u64::from(AT_ONCE_MEGABYTES) << 20).contains(&largest), "{largest}");
        let photo = memory_needed(&jpeg(4000, 3000)).unwrap();
        assert!(photo < u64::from(AT_ONCE_MEGABYTES / 5) << 20, "five photos of a phone at once: {photo}");
    }

    #[test]
    fn a_webp_is_measured_by_its_parts() {
        let large_inside = webp(b"VP8 ", b"\x10\0\0\x9d\x01\x2a\xff\x3f\xff\x3f");
        assert!(memory_needed(&large_inside).unwrap() > 16_383 * 16_383 * 3 / 2);
        assert!(webp_beside(&webp(b"ANMF", &[0; 24]), 1).unwrap_err().contains("moves"));
        let tables = webp_beside(&webp(b"VP8L", &vec![0; 2 << 20]), 1).unwrap();
        assert!(tables > u64::from(AT_ONCE_MEGABYTES) << 20, "{tables}");
        assert_eq!(webp_beside(b"RIFF", 5), Ok(10));
    }

    #[test]
    fn a_lossless_webp_gets_its_thumbnail() {
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::new_rgba8(800, 600).write_to(&mut bytes, ImageFormat::WebP).unwrap();
        assert!(memory_needed(bytes.get_ref()).is_ok());
        assert!(opened(take_out("image/webp", bytes.get_ref())).unwrap().small.is_some());
    }

    #[test]
    fn a_photo_taken_upright_stands_upright_and_so_does_its_thumbnail() {
        let mut lying = Cursor::new(Vec::new());
        DynamicImage::new_rgb8(80, 60).write_to(&mut lying, ImageFormat::Jpeg).unwrap();
        // Orientation 6 in an Exif segment after the JPEG's first mark: turn it a quarter clockwise.
        let exif: &[u8] = b"\xff\xe1\x00\x22Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
        let upright = [&lying.get_ref()[..2], exif, &lying.get_ref()[2..]].concat();
        let sides = |photo: &[u8]| {
            let kept = opened(take_out("image/jpeg", photo)).unwrap();
            let size = |bytes: &[u8]| {
                image::load_from_memory(bytes).map(|picture| (picture.width(), picture.height())).unwrap()
            };
            (size(&kept.bytes), size(&kept.small.unwrap()))
        };
        assert_eq!(sides(lying.get_ref()), ((80, 60), (480, 360)));
        assert_eq!(sides(&upright), ((60, 80), (360, 480)));
    }

    #[test]
    fn a_photo_keeps_no_place() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let case = |folder: &std::path::Path| std::fs::read(folder.join("shared/cases/21a-upright-with-gps.jpg")).ok();
        let Some(photo) = path.ancestors().find_map(case) else {
            eprintln!("skipped: shared/cases is not there");
            return;
        };
        let kept = opened(take_out("image/jpeg", &photo)).unwrap();
        let says = |bytes: &[u8], what: &[u8]| bytes.windows(what.len()).any(|part| part == what);
        assert!(says(&photo, b"Exif") && says(&photo, b"Testcam"));
        assert!(!says(&kept.bytes, b"Exif") && !says(&kept.bytes, b"Testcam"));
        assert!(!kept.cut_off && kept.small.is_some());
    }

    #[test]
    fn a_picture_of_deep_colours_within_the_limits_gets_its_thumbnail() {
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::new_rgba16(800, 600).write_to(&mut bytes, ImageFormat::Png).unwrap();
        let small = opened(take_out("image/png", bytes.get_ref())).unwrap().small.unwrap();
        assert_eq!(super::super::sniff(&small), Ok("image/jpeg"));
        assert!(memory_needed(b"\x89PNG\r\n\x1a\n0000").is_err());
    }
}
