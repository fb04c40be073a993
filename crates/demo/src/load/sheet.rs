//! Rows in PostgreSQL's binary COPY format.

use rooftree_kernel::{Day, Moment};
use rooftree_platform::Conn;
use uuid::Uuid;

/// PostgreSQL counts microseconds and days from 1 January 2000.
const EPOCH_MICROS: i64 = 946_684_800_000_000;
const EPOCH_DAYS: i64 = 10_957;
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// The id of PostgreSQL's type for whole numbers of eight bytes, which heads a list of them.
const BIGINT_OID: i32 = 20;

/// Rows for one table.
#[derive(Debug)]
pub(super) struct Sheet {
    table: &'static str,
    columns: &'static str,
    width: i16,
    bytes: Vec<u8>,
}

/// A row being written; every column is written once, in order.
pub(super) struct Row<'a> {
    bytes: &'a mut Vec<u8>,
    left: i16,
}

impl Sheet {
    /// No rows yet. `columns` is the comma-separated list that COPY is given.
    pub(super) fn new(table: &'static str, columns: &'static str) -> Self {
        let width = columns.split(',').count() as i16;
        Self { table, columns, width, bytes: Vec::new() }
    }

    /// The same table, without the rows.
    pub(super) fn take(&mut self) -> Self {
        let empty = Self { bytes: Vec::new(), ..*self };
        std::mem::replace(self, empty)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The size of the rows, in bytes.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Begins a row.
    pub(super) fn row(&mut self) -> Row<'_> {
        if self.bytes.is_empty() {
            self.bytes.extend_from_slice(HEADER);
        }
        self.bytes.extend_from_slice(&self.width.to_be_bytes());
        Row { bytes: &mut self.bytes, left: self.width }
    }

    /// Sends the rows.
    pub(super) async fn copy(mut self, conn: &mut Conn) -> sqlx::Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        self.bytes.extend_from_slice(&(-1_i16).to_be_bytes());
        let statement = format!("copy {} ({}) from stdin with (format binary)", self.table, self.columns);
        conn.copy_in(&statement, self.bytes).await?;
        Ok(())
    }
}

impl Row<'_> {
    fn field(mut self, data: &[u8]) -> Self {
        self.bytes.extend_from_slice(&(data.len() as i32).to_be_bytes());
        self.bytes.extend_from_slice(data);
        self.left -= 1;
        self
    }

    pub(super) fn null(mut self) -> Self {
        self.bytes.extend_from_slice(&(-1_i32).to_be_bytes());
        self.left -= 1;
        self
    }

    fn maybe<T>(self, value: Option<T>, write: impl FnOnce(Self, T) -> Self) -> Self {
        match value {
            Some(value) => write(self, value),
            None => self.null(),
        }
    }

    pub(super) fn text(self, value: &str) -> Self {
        self.field(value.as_bytes())
    }
    pub(super) fn text_or_null(self, value: Option<&str>) -> Self {
        self.maybe(value, Self::text)
    }
    pub(super) fn id(self, value: Uuid) -> Self {
        self.field(value.as_bytes())
    }
    pub(super) fn id_or_null(self, value: Option<Uuid>) -> Self {
        self.maybe(value, Self::id)
    }
    pub(super) fn int(self, value: i32) -> Self {
        self.field(&value.to_be_bytes())
    }
    pub(super) fn int_or_null(self, value: Option<i32>) -> Self {
        self.maybe(value, Self::int)
    }
    pub(super) fn big(self, value: i64) -> Self {
        self.field(&value.to_be_bytes())
    }
    pub(super) fn big_or_null(self, value: Option<i64>) -> Self {
        self.maybe(value, Self::big)
    }
    pub(super) fn flag(self, value: bool) -> Self {
        self.field(&[u8::from(value)])
    }
    pub(super) fn flag_or_null(self, value: Option<bool>) -> Self {
        self.maybe(value, Self::flag)
    }
    pub(super) fn at(self, value: Moment) -> Self {
        self.big(value.as_micros() - EPOCH_MICROS)
    }
    pub(super) fn at_or_null(self, value: Option<Moment>) -> Self {
        self.maybe(value, Self::at)
    }
    pub(super) fn day(self, value: Day) -> Self {
        let epoch = Moment::from_micros(EPOCH_DAYS * 86_400_000_000).day();
        self.int(value.days_since(epoch) as i32)
    }
    pub(super) fn day_or_null(self, value: Option<Day>) -> Self {
        self.maybe(value, Self::day)
    }
    /// A clock time, as minutes after midnight.
    pub(super) fn time(self, minutes: i64) -> Self {
        self.big(minutes * 60_000_000)
    }
    pub(super) fn bytes(self, value: &[u8]) -> Self {
        self.field(value)
    }
    /// JSON text for a `jsonb` column.
    pub(super) fn json(mut self, value: &str) -> Self {
        self.bytes.extend_from_slice(&(value.len() as i32 + 1).to_be_bytes());
        self.bytes.push(1);
        self.bytes.extend_from_slice(value.as_bytes());
        self.left -= 1;
        self
    }
    /// Metres with one decimal, from centimetres, for a `numeric` column.
    pub(super) fn metres_or_null(self, centimetres: Option<u32>) -> Self {
        self.maybe(centimetres, Self::metres)
    }
    fn metres(self, centimetres: u32) -> Self {
        let tenths = (centimetres + 5) / 10;
        // Digits of four decimals each: the whole metres, then the tenths as ten-thousandths.
        let digits = [(tenths / 10) as i16, (tenths % 10 * 1_000) as i16];
        let mut data = Vec::with_capacity(12);
        for part in [2_i16, 0, 0, 1, digits[0], digits[1]] {
            data.extend_from_slice(&part.to_be_bytes());
        }
        self.field(&data)
    }
    /// Consecutive numbers for a `bigint[]` column.
    pub(super) fn bigs(mut self, from: i64, count: i32) -> Self {
        self.bytes.extend_from_slice(&(20 + count * 12).to_be_bytes());
        for part in [1, 0, BIGINT_OID, count, 1] {
            self.bytes.extend_from_slice(&part.to_be_bytes());
        }
        for number in from..from + i64::from(count) {
            self.bytes.extend_from_slice(&8_i32.to_be_bytes());
            self.bytes.extend_from_slice(&number.to_be_bytes());
        }
        self.left -= 1;
        self
    }
    /// Ends the row.
    pub(super) fn end(self) {
        debug_assert_eq!(self.left, 0, "a row has as many values as its table has columns");
    }
}
