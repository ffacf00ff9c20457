//! Journal records: everything that changes a figure, and how its bytes read.
//!
//! Payload = kind (1 byte), version (1 byte), length of the facts (4 bytes, little endian), facts, person. Both parts
//! are CBOR maps with numbered optional fields; adding a field keeps the version, changing a meaning raises it.
//! `person` is empty in every kind but hits, and in a hit whose person was erased. `fixtures/journal/` holds a
//! segment of every released format; the tests read them for ever.

use crate::goal::Goal;
use crate::hit::{Dialect, Facts, Hit, Person, Source};
use crate::ids::SiteId;
use crate::money::{Amount, Currency, UnitPrice};
use crate::time::Timestamp;
use minicbor::{Decode, Encode};

/// One thing the journal remembers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// An event, accepted and not yet judged.
    Hit(Box<Hit>),
    /// An item that was not understood, kept with its reason.
    Quarantined(Quarantined),
    /// A valid hit that the site does not count, known at the door already.
    Excluded(Excluded),
    /// The clock: at least one a minute, so that time passes in a replay, too.
    Tick(Tick),
    /// A site's settings from here on.
    Settings(SettingsRecord),
    /// A site's goals from here on.
    Goals(GoalsRecord),
    /// Currency rates.
    Rates(RatesRecord),
    /// Unit costs of products.
    ProductCosts(ProductCostsRecord),
    /// Cost of advertising.
    AdCosts(AdCostsRecord),
    /// Codes of mailings.
    LinkCodes(LinkCodesRecord),
    /// A person was erased.
    Erasure(ErasureRecord),
    /// Polluted data was taken out.
    Deletion(DeletionRecord),
    /// The version of the rule data (channels, user agents, bots) from here on.
    RuleData(RuleDataRecord),
}

/// An item that was not understood.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Quarantined {
    /// The site it was sent to.
    #[n(0)]
    pub site: SiteId,
    /// When it reached us.
    #[n(1)]
    pub received_at: Timestamp,
    /// The protocol it came by.
    #[n(2)]
    pub dialect: Dialect,
    /// Stable reason code, such as `price.not_finite`.
    #[n(3)]
    pub reason: String,
    /// What would make it acceptable, one sentence.
    #[n(4)]
    pub hint: String,
    /// The item as it came, secrets scrubbed, at most 32 KiB.
    #[n(5)]
    pub payload: String,
}

/// A valid hit that is not counted, known at the door.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Excluded {
    /// The site it was sent to.
    #[n(0)]
    pub site: SiteId,
    /// When it reached us.
    #[n(1)]
    pub received_at: Timestamp,
    /// Why.
    #[n(2)]
    pub reason: DropReason,
}

/// Why a valid hit is not counted. Closed, each one counted by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum DropReason {
    /// The user agent or a flag names a bot (labelled and kept; only Matomo's own rule excludes at the door).
    #[n(0)]
    Bot,
    /// Matomo's `rec` is missing or not 1.
    #[n(1)]
    RecordingOff,
    /// The visitor opted out: do-not-track, global privacy control, an ignore cookie, consent refused.
    #[n(2)]
    OptedOut,
    /// The address is on the site's list.
    #[n(3)]
    ExcludedIp,
    /// The browser only fetched ahead.
    #[n(4)]
    Prefetch,
    /// The referrer is known spam.
    #[n(5)]
    ReferrerSpam,
    /// The request says nothing that is kept (Matomo's `ec_items` that is no list).
    #[n(6)]
    Nothing,
    /// A ping without a visit to belong to.
    #[n(7)]
    PingWithoutVisit,
    /// An AI crawler's own report (Matomo's `recMode=1`), which is no visit.
    #[n(8)]
    CrawlerReport,
}

impl DropReason {
    /// Returns the reason's stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bot => "bot",
            Self::RecordingOff => "recording_off",
            Self::OptedOut => "opted_out",
            Self::ExcludedIp => "excluded_ip",
            Self::Prefetch => "prefetch",
            Self::ReferrerSpam => "referrer_spam",
            Self::Nothing => "nothing",
            Self::PingWithoutVisit => "ping_without_visit",
            Self::CrawlerReport => "crawler_report",
        }
    }
}

/// The clock's tick.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Tick {
    /// The time.
    #[n(0)]
    pub at: Timestamp,
}

/// A site's settings.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SettingsRecord {
    /// The site.
    #[n(0)]
    pub site: SiteId,
    /// When they were set.
    #[n(1)]
    pub at: Timestamp,
    /// Every setting as text by its public name.
    #[n(2)]
    pub entries: Vec<(String, String)>,
}

/// A site's goals, all of them.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct GoalsRecord {
    /// The site.
    #[n(0)]
    pub site: SiteId,
    /// When they were set.
    #[n(1)]
    pub at: Timestamp,
    /// The goals.
    #[n(2)]
    pub goals: Vec<Goal>,
}

/// Currency rates; a later record for the same day and currency replaces an earlier one for orders that follow it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RatesRecord {
    /// The site they hold for.
    #[n(0)]
    pub site: SiteId,
    /// When they were set.
    #[n(1)]
    pub at: Timestamp,
    /// The rates.
    #[n(2)]
    pub rates: Vec<Rate>,
}

/// One currency's rate on one day.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Rate {
    /// The day, `YYYY-MM-DD`.
    #[n(0)]
    pub day: String,
    /// The foreign currency.
    #[n(1)]
    pub currency: Currency,
    /// Units of the foreign currency per unit of the site's, as [`crate::money::ExchangeRate`] writes it: `1.0842`, or
    /// the fraction `1/1.1` where it was stated the other way round.
    #[n(2)]
    pub per_unit: String,
}

/// Unit costs of products.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ProductCostsRecord {
    /// The site.
    #[n(0)]
    pub site: SiteId,
    /// When they were set.
    #[n(1)]
    pub at: Timestamp,
    /// SKU, first day (`YYYY-MM-DD`, empty for always), unit cost, currency.
    #[n(2)]
    pub costs: Vec<(String, String, UnitPrice, Currency)>,
}

/// Cost of advertising by day.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AdCostsRecord {
    /// The site.
    #[n(0)]
    pub site: SiteId,
    /// When they were set.
    #[n(1)]
    pub at: Timestamp,
    /// Day (`YYYY-MM-DD`), source of the traffic, cost, currency.
    #[n(2)]
    pub costs: Vec<(String, Source, Amount, Currency)>,
    /// What else is known of each of `costs`, in their order; `None` in records of before it was asked for.
    #[n(3)]
    pub details: Option<Vec<AdDetail>>,
}

/// What an advertiser's list says beside the cost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AdDetail {
    /// The channel; `None` for the one that the rules make of the source.
    #[n(0)]
    pub channel: Option<String>,
    /// How often an advertisement was clicked.
    #[n(1)]
    pub clicks: Option<u64>,
    /// How often one was shown.
    #[n(2)]
    pub impressions: Option<u64>,
}

/// Codes of mailings: what an opaque code in a click or pixel stands for. A later record for the same code replaces an
/// earlier one, for what was clicked before it, too.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct LinkCodesRecord {
    /// The site.
    #[n(0)]
    pub site: SiteId,
    /// When they were set.
    #[n(1)]
    pub at: Timestamp,
    /// Code, contact, campaign; either of the latter may be empty. A contact is a salted e-mail hash (hex), or a user id
    /// behind [`LinkCodesRecord::OF_USER`].
    #[n(2)]
    pub codes: Vec<(String, String, String)>,
}

impl LinkCodesRecord {
    /// What stands before a contact that is a user id of the shop's.
    pub const OF_USER: &str = "user:";
}

/// A person was erased: from here on nothing of them is joined again. Or what is older than a site keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ErasureRecord {
    /// The site.
    #[n(0)]
    pub site: SiteId,
    /// When.
    #[n(1)]
    pub at: Timestamp,
    /// Keys of the visitors and customers erased.
    #[n(2)]
    pub keys: Vec<u64>,
    /// What happened before it is erased, whosever it is; `None` where people are erased.
    #[n(3)]
    pub before: Option<Timestamp>,
}

/// Polluted data was taken out.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DeletionRecord {
    /// The site.
    #[n(0)]
    pub site: SiteId,
    /// When.
    #[n(1)]
    pub at: Timestamp,
    /// The filter, as typed.
    #[n(2)]
    pub filter: String,
    /// Who did it and why.
    #[n(3)]
    pub note: String,
}

/// The version of the rule data.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RuleDataRecord {
    /// When it came into force.
    #[n(0)]
    pub at: Timestamp,
    /// Its version.
    #[n(1)]
    pub version: String,
}

/// Why a payload could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// A kind that this version does not know: the journal was written by a newer one.
    UnknownKind(u8),
    /// A version of a kind that this version does not know.
    UnknownVersion(u8, u8),
    /// The bytes are not what their kind and version say.
    Malformed(String),
}

impl std::fmt::Display for DecodeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::UnknownKind(kind) => write!(f, "record kind {kind} is not known to this version of tallyho"),
            Self::UnknownVersion(kind, version) => {
                write!(f, "version {version} of record kind {kind} is not known to this version of tallyho")
            }
            Self::Malformed(what) => write!(f, "record is malformed: {what}"),
        }
    }
}

impl std::error::Error for DecodeError {}

const VERSION: u8 = 1;
const HEADER_LEN: usize = 6;

impl Record {
    /// Returns the number that stands for the record's kind on disk; never reused.
    pub fn kind(&self) -> u8 {
        match self {
            Self::Hit(_) => 1,
            Self::Quarantined(_) => 2,
            Self::Excluded(_) => 3,
            Self::Tick(_) => 4,
            Self::Settings(_) => 5,
            Self::Goals(_) => 6,
            Self::Rates(_) => 7,
            Self::ProductCosts(_) => 8,
            Self::AdCosts(_) => 9,
            Self::LinkCodes(_) => 10,
            Self::Erasure(_) => 11,
            Self::Deletion(_) => 12,
            Self::RuleData(_) => 13,
        }
    }

    /// Appends the record's payload to `out`.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(&[self.kind(), VERSION, 0, 0, 0, 0]);
        match self {
            Self::Hit(hit) => put(&hit.facts, out),
            Self::Quarantined(r) => put(r, out),
            Self::Excluded(r) => put(r, out),
            Self::Tick(r) => put(r, out),
            Self::Settings(r) => put(r, out),
            Self::Goals(r) => put(r, out),
            Self::Rates(r) => put(r, out),
            Self::ProductCosts(r) => put(r, out),
            Self::AdCosts(r) => put(r, out),
            Self::LinkCodes(r) => put(r, out),
            Self::Erasure(r) => put(r, out),
            Self::Deletion(r) => put(r, out),
            Self::RuleData(r) => put(r, out),
        }
        let facts_len = (out.len() - start - HEADER_LEN) as u32;
        out[start + 2..start + HEADER_LEN].copy_from_slice(&facts_len.to_le_bytes());
        if let Self::Hit(hit) = self {
            put(&hit.person, out);
        }
    }

    /// Returns the record that `payload` holds.
    ///
    /// # Errors
    /// [`DecodeError`] if the kind or version is unknown or the bytes are malformed. Never panics, whatever the bytes.
    pub fn decode(payload: &[u8]) -> Result<Self, DecodeError> {
        let (header, body) =
            payload.split_at_checked(HEADER_LEN).ok_or_else(|| malformed("payload is shorter than its header"))?;
        let (kind, version) = (header[0], header[1]);
        let facts_len = u32::from_le_bytes([header[2], header[3], header[4], header[5]]) as usize;
        let (facts, person) =
            body.split_at_checked(facts_len).ok_or_else(|| malformed("facts are longer than the payload"))?;
        if !(1..=13).contains(&kind) {
            return Err(DecodeError::UnknownKind(kind));
        }
        if version != VERSION {
            return Err(DecodeError::UnknownVersion(kind, version));
        }
        Ok(match kind {
            1 => {
                let facts: Facts = get(facts)?;
                let person: Person = if person.is_empty() { Person::default() } else { get(person)? };
                Self::Hit(Box::new(Hit { facts, person }))
            }
            2 => Self::Quarantined(get(facts)?),
            3 => Self::Excluded(get(facts)?),
            4 => Self::Tick(get(facts)?),
            5 => Self::Settings(get(facts)?),
            6 => Self::Goals(get(facts)?),
            7 => Self::Rates(get(facts)?),
            8 => Self::ProductCosts(get(facts)?),
            9 => Self::AdCosts(get(facts)?),
            10 => Self::LinkCodes(get(facts)?),
            11 => Self::Erasure(get(facts)?),
            12 => Self::Deletion(get(facts)?),
            _ => Self::RuleData(get(facts)?),
        })
    }

    /// Returns the time that the record puts on the clock: when it was received or set.
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Hit(hit) => hit.facts.received_at,
            Self::Quarantined(r) => r.received_at,
            Self::Excluded(r) => r.received_at,
            Self::Tick(r) => r.at,
            Self::Settings(r) => r.at,
            Self::Goals(r) => r.at,
            Self::Rates(r) => r.at,
            Self::ProductCosts(r) => r.at,
            Self::AdCosts(r) => r.at,
            Self::LinkCodes(r) => r.at,
            Self::Erasure(r) => r.at,
            Self::Deletion(r) => r.at,
            Self::RuleData(r) => r.at,
        }
    }
}

/// Returns `value` as CBOR bytes; what the store keeps of an order's statements is written the same way.
pub fn to_cbor<T: Encode<()>>(value: &T) -> Vec<u8> {
    let mut out = Vec::new();
    put(value, &mut out);
    out
}

/// Returns the value that CBOR `bytes` hold.
///
/// # Errors
/// [`DecodeError::Malformed`] if they hold no such value.
pub fn from_cbor<'b, T: Decode<'b, ()>>(bytes: &'b [u8]) -> Result<T, DecodeError> {
    get(bytes)
}

fn put<T: Encode<()>>(value: &T, out: &mut Vec<u8>) {
    minicbor::encode(value, out).expect("writing to memory cannot fail");
}

fn get<'b, T: Decode<'b, ()>>(bytes: &'b [u8]) -> Result<T, DecodeError> {
    minicbor::decode(bytes).map_err(|e| malformed(&e.to_string()))
}

fn malformed(what: &str) -> DecodeError {
    DecodeError::Malformed(what.to_owned())
}
