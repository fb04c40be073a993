//! Documents and photos: content-addressed (the key is the SHA-256 of the bytes), type sniffed from the bytes rather than trusted
//! from the name, limited in size, with a thumbnail for pictures. The bytes live behind the blob port, the row beside the case.

mod metadata;
mod pictures;
mod strays;

pub use strays::sweep;

use crate::{Ctx, Error, FactKind, Platform, Result, boxed, ports::BlobError};
use bytes::Bytes;
use rooftree_kernel::{CaseId, DocumentId, Moment, PersonId, PlaceId};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A document was added.
pub const DOCUMENT_ADDED: FactKind =
    FactKind::new("document.added", "Document added", &["document", "kind", "media_type", "sha256", "bytes"]);
/// A document was taken off the page; its bytes and its history stay.
pub const DOCUMENT_REMOVED: FactKind = FactKind::new("document.removed", "Document removed", &["document", "reason"]);

/// What may be stored. A browser is never given anything it could run: all else is refused at the door.
const ALLOWED: &[(&str, &str)] = &[
    ("image/jpeg", "jpg"),
    ("image/png", "png"),
    ("image/webp", "webp"),
    ("application/pdf", "pdf"),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    ("message/rfc822", "eml"),
    ("text/plain", "txt"),
];

/// The kind of a letter that we sent. It says what only those may read who may see messages, and is reached from its message.
pub const SENT_LETTER: &str = "sent-letter";
/// The kind of a file of many letters for the printer, which is reached from its batch alone.
pub const PRINT_FILE: &str = "print-file";
/// Kinds that no list of documents shows.
const OF_MESSAGES: [&str; 2] = [SENT_LETTER, PRINT_FILE];

/// A stored document.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Document {
    /// Its id.
    pub id: DocumentId,
    /// The name it came with, cleaned.
    pub name: String,
    /// What the bytes are.
    pub media_type: String,
    /// Its size.
    pub bytes: i64,
    /// photo, signature, letter, certificate, other, or [`SENT_LETTER`].
    pub kind: String,
    /// A smaller picture exists.
    pub has_thumbnail: bool,
    /// The home it belongs to.
    pub home_id: Option<PlaceId>,
    /// The person it concerns.
    pub person_id: Option<PersonId>,
    /// The case it belongs to.
    pub case_id: Option<Uuid>,
    /// When it was added.
    pub added_at: Moment,
    /// By whom.
    pub added_by: String,
}

/// A file as it came in.
pub struct Upload {
    /// The name the browser gave.
    pub name: String,
    /// The bytes.
    pub bytes: Bytes,
    /// photo, signature, letter, certificate, other.
    pub kind: &'static str,
}

/// A file whose bytes are already in the store; its row follows in the unit of work. Bytes first, row second: a crash between
/// them leaves a file that no document refers to, which [`sweep`] removes, never a row without its photo.
pub struct Stored {
    name: String,
    media_type: &'static str,
    kind: &'static str,
    sha256: [u8; 32],
    bytes: i64,
    has_thumbnail: bool,
}

impl Stored {
    /// The SHA-256 of its bytes, as the journal writes it.
    pub fn sha256(&self) -> String {
        hex::encode(self.sha256)
    }
}

/// What somebody with an iPhone can do.
const HEIC: &str = "this picture is in Apple’s own format (HEIC), which other programs cannot open: on the iPhone choose Settings, Camera, \
                    Formats, Most Compatible, and take it again; or choose it from the photo library here, which makes a JPEG of it";

/// Whether the file names itself one of the formats of an iPhone's camera.
fn is_heic(bytes: &[u8]) -> bool {
    bytes.get(4..8) == Some(b"ftyp")
        && bytes.get(8..12).is_some_and(|brand| {
            [b"heic", b"heix", b"hevc", b"heim", b"mif1", b"msf1"].iter().any(|known| brand == &known[..])
        })
}

/// What the bytes are, or why they are refused.
pub fn sniff(bytes: &[u8]) -> Result<&'static str, String> {
    let found = infer::get(bytes).map(|kind| kind.mime_type());
    let plain =
        || std::str::from_utf8(bytes).is_ok_and(|text| !text.contains('\0') && !text.trim_start().starts_with('<'));
    let name = match found {
        Some(name) => name,
        None if plain() => "text/plain",
        None => "unknown",
    };
    if matches!(name, "image/heif" | "image/heic" | "image/avif") || is_heic(bytes) {
        return Err(HEIC.to_owned());
    }
    ALLOWED.iter().map(|(media_type, _)| *media_type).find(|allowed| *allowed == name).ok_or_else(|| {
        "this kind of file cannot be kept: send a photo (JPEG, PNG, WebP), a PDF, a Word or Excel file, or plain text".to_owned()
    })
}

fn blob_key(sha256: &[u8; 32]) -> String {
    let name = hex::encode(sha256);
    format!("{}/{name}", &name[..2])
}

fn checksum(sha256: Vec<u8>) -> Result<[u8; 32]> {
    sha256.try_into().map_err(|_| Error::Internal("a checksum of the wrong length".into()))
}

fn failed(error: BlobError) -> Error {
    Error::Internal(format!("blob store: {error}"))
}

/// Checks and stores the bytes. Call before the unit of work begins, so that no transaction waits on a disk or a network.
#[boxed]
pub async fn store(platform: &Platform, upload: Upload) -> Result<Stored> {
    let limit = platform.config().upload_bytes_max;
    if upload.bytes.is_empty() {
        return Err(Error::field("file", "the file is empty: choose it again"));
    }
    if upload.bytes.len() > limit {
        return Err(Error::field(
            "file",
            format!("the file is larger than {} MB: send a smaller one", limit / 1_048_576),
        ));
    }
    let media_type = sniff(&upload.bytes).map_err(|message| Error::field("file", message))?;
    let (mut bytes, mut thumbnail, mut name) = (upload.bytes, None, clean_name(&upload.name, media_type));
    if media_type.starts_with("image/") {
        let kept = pictures::kept(media_type, &bytes).await?;
        (bytes, thumbnail) = (kept.bytes, kept.small);
        if kept.cut_off {
            // Whoever looks at it should know that there was more, and whoever sent it sees it at once.
            name = name.rsplit_once('.').map_or_else(|| name.clone(), |(stem, end)| format!("{stem} (cut off).{end}"));
        }
    }
    keep(platform, name, media_type, upload.kind, (bytes, thumbnail)).await
}

/// Stores a PDF that we made ourselves, however large it is.
#[boxed]
pub async fn store_pdf(platform: &Platform, title: &str, kind: &'static str, bytes: Bytes) -> Result<Stored> {
    let media_type = "application/pdf";
    keep(platform, clean_name(&format!("{title}.pdf"), media_type), media_type, kind, (bytes, None)).await
}

/// Puts the bytes, and those of the small picture if there is one, into the store.
async fn keep(
    platform: &Platform,
    name: String,
    media_type: &'static str,
    kind: &'static str,
    (bytes, thumbnail): (Bytes, Option<Vec<u8>>),
) -> Result<Stored> {
    let sha256: [u8; 32] = Sha256::digest(&bytes).into();
    let key = blob_key(&sha256);
    strays::note(platform, &sha256).await?;
    let blobs = &platform.ports().blobs;
    let length = bytes.len() as i64;
    blobs.put(&key, bytes).await.map_err(failed)?;
    let has_thumbnail = thumbnail.is_some();
    if let Some(small) = thumbnail {
        blobs.put(&format!("{key}.thumb"), small.into()).await.map_err(failed)?;
    }
    Ok(Stored { name, media_type, kind, sha256, bytes: length, has_thumbnail })
}

/// The file's own name without folders or control characters, with the extension its bytes deserve.
fn clean_name(name: &str, media_type: &str) -> String {
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = base.rsplit_once('.').map_or(base, |(stem, _)| stem);
    let stem: String = stem.chars().filter(|c| c.is_alphanumeric() || " -_()".contains(*c)).take(80).collect();
    let extension =
        ALLOWED.iter().find(|(allowed, _)| *allowed == media_type).map_or("bin", |(_, extension)| extension);
    format!("{}.{extension}", if stem.trim().is_empty() { "file" } else { stem.trim() })
}

/// What a document hangs on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Owner {
    /// A home or place.
    pub home: Option<PlaceId>,
    /// A person.
    pub person: Option<PersonId>,
    /// A case.
    pub case: Option<CaseId>,
}

impl Ctx {
    /// Adds the row and the fact for stored bytes.
    #[boxed]
    pub async fn attach(&mut self, stored: Stored, owner: Owner) -> Result<DocumentId> {
        Ok(self.attach_all(vec![(stored, owner)]).await?[0])
    }

    /// The same for many at once; the ids are in their order.
    #[boxed]
    pub async fn attach_all(&mut self, many: Vec<(Stored, Owner)>) -> Result<Vec<DocumentId>> {
        let ids: Vec<Uuid> = many.iter().map(|_| Uuid::from(DocumentId::new())).collect();
        let (now, by) = (self.now, self.actor.name.clone());
        let column = |of: fn(&Stored) -> String| many.iter().map(|(stored, _)| of(stored)).collect::<Vec<_>>();
        let hashes: Vec<Vec<u8>> = many.iter().map(|(stored, _)| stored.sha256.to_vec()).collect();
        let sizes: Vec<i64> = many.iter().map(|(stored, _)| stored.bytes).collect();
        let small: Vec<bool> = many.iter().map(|(stored, _)| stored.has_thumbnail).collect();
        let homes: Vec<Option<Uuid>> = many.iter().map(|(_, owner)| owner.home.map(Uuid::from)).collect();
        let persons: Vec<Option<Uuid>> = many.iter().map(|(_, owner)| owner.person.map(Uuid::from)).collect();
        let cases: Vec<Option<Uuid>> = many.iter().map(|(_, owner)| owner.case.map(|case| case.0)).collect();
        sqlx::query!(
            "insert into document (id, sha256, name, media_type, bytes, kind, has_thumbnail, home_id, person_id, case_id, added_at, added_by)
             select id, sha256, name, media_type, bytes, kind, has_thumbnail, home, person, of_case, $11, $12
             from unnest($1::uuid[], $2::bytea[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::boolean[], $8::uuid[], $9::uuid[],
                         $10::uuid[])
                  as d(id, sha256, name, media_type, bytes, kind, has_thumbnail, home, person, of_case)",
            &ids,
            &hashes,
            &column(|stored| stored.name.clone()),
            &column(|stored| stored.media_type.to_owned()),
            &sizes,
            &column(|stored| stored.kind.to_owned()),
            &small,
            &homes as &[Option<Uuid>],
            &persons as &[Option<Uuid>],
            &cases as &[Option<Uuid>],
            now as _,
            by
        )
        .execute(self.conn())
        .await?;
        let fact = |((stored, owner), id): (&(Stored, Owner), &Uuid)| {
            let mut fact = DOCUMENT_ADDED
                .at(now)
                .home(owner.home)
                .person(owner.person)
                .with("document", id)
                .with("kind", stored.kind)
                .with("media_type", stored.media_type)
                .with("sha256", stored.sha256())
                .with("bytes", stored.bytes);
            fact.case = owner.case;
            fact
        };
        self.record_all(many.iter().zip(&ids).map(fact).collect()).await?;
        Ok(ids.into_iter().map(DocumentId::from).collect())
    }
}

/// The documents that hang on a case or a home, oldest first, without letters that we sent.
#[boxed]
pub async fn of(platform: &Platform, owner: Owner) -> Result<Vec<Document>> {
    Ok(sqlx::query_as!(
        Document,
        r#"select id as "id: DocumentId", name, media_type, bytes, kind, has_thumbnail, home_id as "home_id: PlaceId",
                  person_id as "person_id: PersonId", case_id, added_at, added_by
           from document
           where removed_at is null and kind <> all($4)
             and (($1::uuid is not null and case_id = $1) or ($2::uuid is not null and home_id = $2) or ($3::uuid is not null and person_id = $3))
           order by added_at, id limit 500"#,
        owner.case.map(|case| case.0),
        owner.home as _,
        owner.person as _,
        &OF_MESSAGES.map(str::to_owned)
    )
    .fetch_all(platform.reads())
    .await?)
}

/// A document's row.
#[boxed]
pub async fn get(platform: &Platform, id: DocumentId) -> Result<Document> {
    sqlx::query_as!(
        Document,
        r#"select id as "id: DocumentId", name, media_type, bytes, kind, has_thumbnail, home_id as "home_id: PlaceId",
                  person_id as "person_id: PersonId", case_id, added_at, added_by
           from document where id = $1 and removed_at is null"#,
        id as _
    )
    .fetch_optional(platform.reads())
    .await?
    .ok_or(Error::NotFound("the document"))
}

/// The SHA-256 of its bytes, as the journal writes it.
#[boxed]
pub async fn sha256(platform: &Platform, id: DocumentId) -> Result<String> {
    let sha256: Vec<u8> =
        sqlx::query_scalar!("select sha256 from document where id = $1", id as _).fetch_one(platform.reads()).await?;
    Ok(hex::encode(sha256))
}

/// Its bytes, or its thumbnail's. The checksum is compared on the way out: a damaged file is an error, never a silent change.
#[boxed]
pub async fn bytes(platform: &Platform, id: DocumentId, small: bool) -> Result<Bytes> {
    let sha: Vec<u8> =
        sqlx::query_scalar!("select sha256 from document where id = $1", id as _).fetch_one(platform.reads()).await?;
    let sha = checksum(sha)?;
    let key = if small { format!("{}.thumb", blob_key(&sha)) } else { blob_key(&sha) };
    let found = platform.ports().blobs.get(&key).await.map_err(failed)?;
    let bytes = found.ok_or(Error::NotFound("the file"))?;
    if !small && <[u8; 32]>::from(Sha256::digest(&bytes)) != sha {
        return Err(Error::Internal(format!("document {id} does not match its checksum")));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_decide_what_a_file_is() {
        assert_eq!(sniff(b"\x89PNG\r\n\x1a\n0000"), Ok("image/png"));
        assert_eq!(sniff(b"a note"), Ok("text/plain"));
        assert!(sniff(b"<script>alert(1)</script>").is_err());
        assert!(sniff(b"MZ\x90\x00\x03\x00\x00\x00").is_err());
        assert!(sniff(&[0xff, 0xfe, 0x00, 0x01]).is_err());
    }

    #[test]
    fn names_lose_their_folders_and_tricks() {
        assert_eq!(clean_name("../../etc/passwd", "text/plain"), "passwd.txt");
        assert_eq!(clean_name("evil.html.png", "image/png"), "evilhtml.png");
        assert_eq!(clean_name("\u{0}\n", "image/jpeg"), "file.jpg");
    }
}
