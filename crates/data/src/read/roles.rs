//! Which column is the user, the item, the rating and the time: by a setting, by its name, or by its place.
//!
//! No column is guessed: where two fit a role, or none does, the table is refused with every question that is open, the columns
//! and three rows.

use autolossgen_settings::{Choice, choice, nearest};

use super::value::{Rating, Time, is_missing};
use crate::options::Columns;
use crate::printable::printable;

choice! {
    /// What a column is
    pub enum Role {
        /// Who
        User = "user",
        /// What
        Item = "item",
        /// How high, or the label
        Rating = "rating",
        /// When
        Timestamp = "timestamp",
    }
}

choice! {
    /// How a column came to its role
    pub enum Rule {
        /// A setting names it
        Setting = "setting",
        /// A usual name of the role
        Name = "name",
        /// A name that is like the usual ones
        Like = "like",
        /// The table has no header, and this is the usual place
        Place = "place",
    }
}

/// A column with a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Column, counted from 0
    pub index: usize,
    /// How it came to its role
    pub rule: Rule,
}

/// The columns that have a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Roles {
    pub(super) user: Found,
    pub(super) item: Found,
    /// `None`: implicit feedback, every row a positive.
    pub(super) rating: Option<Found>,
    pub(super) timestamp: Option<Found>,
}

/// The first lines of a table.
pub(super) struct Head<'a> {
    /// Names of the columns; `None` where there is no header.
    pub(super) header: Option<&'a [String]>,
    /// Rows below it.
    pub(super) rows: &'a [Vec<String>],
}

/// Usual names of a role, without case, spaces and punctuation: the best first. A name of a later tier gives way to one of an
/// earlier tier.
struct Usual {
    /// The name itself.
    first: &'static str,
    /// What is as good in data of one kind.
    second: &'static str,
    /// Words that are the role by themselves.
    nouns: &'static str,
    /// Whether a noun with `id`, `index` and the like behind it is a name of the second kind.
    has_ids: bool,
    /// Endings of names that are like those of the role.
    endings: &'static str,
}

const USER: Usual = Usual {
    first: "userid uid",
    second: "reviewerid visitorid customerid memberid accountid clientid personid profileid",
    nouns: "user users username usr reviewer visitor customer member account client person profile player \
        listener reader viewer consumer buyer rater voter patient student learner",
    has_ids: true,
    endings: "",
};

const ITEM: Usual = Usual {
    first: "itemid iid",
    second: "movieid asin productid bookid isbn placeid businessid stockcode sku skuid",
    nouns: "item items movie film product book place business recipe anime video artist song track album game \
        app restaurant hotel article news post ad course joke venue poi show series goods beer wine listing \
        repo question exercise paper doc music podcast offer coupon manga clip station",
    has_ids: true,
    endings: "parentasin",
};

const RATING: Usual = Usual {
    first: "rating ratings",
    second: "label labels score overall stars",
    nouns: "click clicks clicked isclick isclicked feedback playcount plays listencount listens watchratio \
        weight preference like liked islike purchase purchased ispurchase hours points grade response target \
        count quantity recommended isrecommended rate star",
    has_ids: false,
    endings: "rating ratings score stars",
};

const TIMESTAMP: Usual = Usual {
    first: "timestamp timestamps ts unixtime unixtimestamp unixreviewtime timestampms",
    second: "time datetime date",
    nouns: "createdat created createtime updatedat eventtime ratedat reviewtime reviewdate ratingtime ratingdate \
        clicktime orderdate invoicedate purchasedate visittime datecreated",
    has_ids: false,
    endings: "timestamp datetime",
};

/// What may follow a noun in the name of an id.
const IDS: [&str; 9] = ["id", "ids", "idx", "index", "no", "number", "code", "key", "hash"];

impl Usual {
    fn of(role: Role) -> &'static Self {
        match role {
            Role::User => &USER,
            Role::Item => &ITEM,
            Role::Rating => &RATING,
            Role::Timestamp => &TIMESTAMP,
        }
    }

    /// Whether the first word of a name is a noun: `address_id` is no ad.
    fn has_noun_first(&self, name: &str) -> bool {
        let ends = name.char_indices().skip(1).find(|(_, c)| !c.is_alphanumeric() || c.is_uppercase());
        let word = name[..ends.map_or(name.len(), |(at, _)| at)].to_lowercase();
        self.nouns.split_whitespace().any(|noun| noun == word)
    }

    /// How well a name fits, the lower the better; `None`: not at all.
    fn tier(&self, original: &str) -> Option<usize> {
        let name = &*plain(original);
        let has = |words: &str| words.split_whitespace().any(|word| word == name);
        let rests = || {
            let nouns = self.nouns.split_whitespace().filter(|_| self.has_ids);
            nouns.filter_map(|noun| name.strip_prefix(noun))
        };
        let ends_as_id = |rest: &str| rest != "paid" && IDS.iter().any(|id| rest.ends_with(id));
        let is_like = || {
            let is_aggregate = AGGREGATES.split_whitespace().any(|word| name.starts_with(word));
            !is_aggregate && self.endings.split_whitespace().any(|ending| name.ends_with(ending))
                || self.has_noun_first(original) && rests().any(ends_as_id)
        };
        if has(self.first) {
            Some(0)
        } else if has(self.second) || rests().any(|rest| IDS.contains(&rest)) {
            Some(1)
        } else if has(self.nouns) {
            Some(2)
        } else {
            is_like().then_some(LIKE)
        }
    }
}

/// Beginnings of names that are no rating of the user's, though they end in the word.
const AGGREGATES: &str = "avg average mean median num number total sum count std min max predicted pred item content age helpful percent norm normalized";

/// The tier of names that are only like the usual ones.
const LIKE: usize = 3;

/// Types that RecBole writes behind a name and a colon.
const TYPES: [&str; 4] = ["token", "token_seq", "float", "float_seq"];

/// A name without such a type. An id may have a colon too: `user:12` is none.
pub(super) fn bare(name: &str) -> &str {
    let name = name.trim();
    name.rsplit_once(':').filter(|(_, of)| TYPES.contains(of)).map_or(name, |(name, _)| name.trim_end())
}

/// A name without case, spaces, punctuation and type.
fn plain(name: &str) -> String {
    bare(name).chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// What a name is of: `movie` of `movieid`.
fn noun(plain: &str) -> &str {
    IDS.iter().find_map(|id| plain.strip_suffix(id)).filter(|noun| !noun.is_empty()).unwrap_or(plain)
}

/// Number of roles that a usual name of one of `fields` has.
pub(super) fn n_usual(fields: &[&str]) -> usize {
    let has = |role: &&Role| fields.iter().any(|name| Usual::of(**role).tier(name).is_some_and(|tier| tier < LIKE));
    Role::ALL.iter().filter(has).count()
}

/// Whether a column of this name may have a role.
pub(super) fn is_usual(name: &str) -> bool {
    Role::ALL.iter().any(|role| Usual::of(*role).tier(name).is_some())
}

/// What is asked of the user.
enum Open {
    /// No column fits.
    None(Role),
    /// Several fit.
    Several(Role, Vec<usize>),
    /// A setting that no column answers.
    Setting(String),
}

impl Columns {
    fn of(&self, role: Role) -> Option<&str> {
        match role {
            Role::User => self.user.as_deref(),
            Role::Item => self.item.as_deref(),
            Role::Rating => self.rating.as_deref(),
            Role::Timestamp => self.timestamp.as_deref(),
        }
    }

    /// The names that are set, which numbers are not.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let set = Role::ALL.iter().filter_map(|&role| self.of(role));
        set.filter(|name| *name != Self::NONE && name.parse::<usize>().is_err())
    }
}

impl Roles {
    /// # Errors
    /// Columns that cannot be told: every open question, the columns and the first rows, in one sentence.
    pub(super) fn of(head: &Head<'_>, columns: &Columns) -> Result<Self, String> {
        let found = match head.header {
            Some(header) => Role::ALL.iter().map(|&role| by_name(role, header, columns)).collect::<Vec<_>>(),
            None => by_place(head, columns)?,
        };
        let mut open = Vec::new();
        let mut roles = found.into_iter().map(|found| {
            found.unwrap_or_else(|question| {
                open.push(question);
                None
            })
        });
        let (user, item, rating, timestamp) =
            (roles.next().flatten(), roles.next().flatten(), roles.next().flatten(), roles.next().flatten());
        drop(roles);
        let missing = [(&user, Role::User), (&item, Role::Item)].into_iter().filter(|(found, _)| found.is_none());
        for (_, role) in missing {
            if !open.iter().any(|question| question.is_of(role)) {
                open.push(Open::None(role));
            }
        }
        if !open.is_empty() && rating.is_none() && !open.iter().any(|question| question.is_of(Role::Rating)) {
            open.push(Open::None(Role::Rating));
        }
        match (user, item) {
            (Some(user), Some(item)) if open.is_empty() => {
                let roles = Self { user, item, rating, timestamp };
                roles.check_distinct(head)?;
                Ok(roles)
            }
            _ => Err(asked(&open, head)),
        }
    }

    pub(super) fn each(&self) -> [(Role, Option<&Found>); 4] {
        let Self { user, item, rating, timestamp } = self;
        [
            (Role::User, Some(user)),
            (Role::Item, Some(item)),
            (Role::Rating, rating.as_ref()),
            (Role::Timestamp, timestamp.as_ref()),
        ]
    }

    /// What `field` finds in the column of each role: user, item, rating and timestamp.
    ///
    /// # Errors
    /// The first of `field`.
    pub(super) fn try_map<T, E>(&self, field: impl Fn(&Found) -> Result<Option<T>, E>) -> Result<[Option<T>; 4], E> {
        let of = |found: Option<&Found>| found.map(&field).transpose().map(Option::flatten);
        let [user, item, rating, timestamp] = self.each().map(|(_, found)| found);
        Ok([of(user)?, of(item)?, of(rating)?, of(timestamp)?])
    }

    /// The last column that has a role.
    pub(super) fn last(&self) -> usize {
        self.each().iter().filter_map(|(_, found)| found.map(|found| found.index)).max().unwrap_or(0)
    }

    fn check_distinct(&self, head: &Head<'_>) -> Result<(), String> {
        let each = self.each();
        for (at, (role, found)) in each.iter().enumerate() {
            let Some(found) = found else { continue };
            let earlier = each[..at].iter().find(|(_, other)| other.is_some_and(|other| other.index == found.index));
            if let Some((other, _)) = earlier {
                let name = head.name(found.index);
                return Err(format!(
                    "{name} is both the {other} and the {role}: set data.{other}_column or data.{role}_column to another column{}",
                    head.shown()
                ));
            }
        }
        Ok(())
    }
}

impl Open {
    fn is_of(&self, role: Role) -> bool {
        match self {
            Self::None(of) | Self::Several(of, _) => *of == role,
            Self::Setting(text) => text.contains(&format!("data.{role}_column")),
        }
    }
}

/// The column that a setting names or numbers.
fn by_setting(role: Role, wanted: &str, width: usize, header: Option<&[String]>) -> Result<Option<Found>, Open> {
    if role == Role::Timestamp
        && wanted == Columns::NONE
        && !header.is_some_and(|header| header.iter().any(|name| name == wanted))
    {
        return Ok(None);
    }
    let names = header.unwrap_or_default();
    let mut of_name = (0..names.len()).filter(|&index| names[index].trim() == wanted || bare(&names[index]) == wanted);
    let named = of_name.next();
    if let Some((first, second)) = named.zip(of_name.next()) {
        return Err(Open::Setting(format!(
            "data.{role}_column = '{wanted}': columns {} and {} have that name: use the number of one",
            first + 1,
            second + 1
        )));
    }
    let numbered =
        || wanted.parse::<usize>().ok().filter(|number| (1..=width).contains(number)).map(|number| number - 1);
    if let Some(index) = named.or_else(numbered) {
        return Ok(Some(Found { index, rule: Rule::Setting }));
    }
    let near = nearest(wanted, names.iter().map(String::as_str))
        .map_or(String::new(), |near| format!(" (did you mean '{}'?)", shortened(near)));
    let what = if header.is_some() { "" } else { ", for the table has no header: use a number from 1" };
    Err(Open::Setting(format!("data.{role}_column = '{wanted}': there is no such column{near}{what}")))
}

fn by_name(role: Role, header: &[String], columns: &Columns) -> Result<Option<Found>, Open> {
    if let Some(wanted) = columns.of(role) {
        return by_setting(role, wanted, header.len(), Some(header));
    }
    let usual = Usual::of(role);
    let tiers: Vec<(usize, usize, String)> = header
        .iter()
        .enumerate()
        .filter_map(|(index, name)| usual.tier(name).map(|tier| (tier, index, plain(name))))
        .collect();
    let Some(best) = tiers.iter().map(|(tier, ..)| *tier).min() else { return Ok(None) };
    let fitting: Vec<usize> = tiers.iter().filter(|(tier, ..)| *tier == best).map(|(_, index, _)| *index).collect();
    let [only] = fitting[..] else { return Err(Open::Several(role, fitting)) };
    // An id goes before a name of the same thing, and not before that of another: a customer need not be the user.
    let of = plain(&header[only]);
    let is_other = |(tier, _, name): &(usize, usize, String)| best == 1 && *tier == 2 && noun(name) != noun(&of);
    if role == Role::User && tiers.iter().any(is_other) {
        return Err(Open::Several(
            role,
            tiers.iter().filter(|(tier, ..)| *tier <= 2).map(|(_, index, _)| *index).collect(),
        ));
    }
    Ok(Some(Found { index: only, rule: if best == LIKE { Rule::Like } else { Rule::Name } }))
}

/// Roles by place: user and item; user, item and rating; or these and a time.
fn by_place(head: &Head<'_>, columns: &Columns) -> Result<Vec<Result<Option<Found>, Open>>, String> {
    let width = head.width();
    let set: Vec<_> =
        Role::ALL.iter().map(|&role| columns.of(role).map(|wanted| by_setting(role, wanted, width, None))).collect();
    let without_time = columns.timestamp.as_deref() == Some(Columns::NONE);
    if set[..3].iter().any(Option::is_some) {
        // Some are set: what is not set is not guessed beside them.
        return Ok(set.into_iter().map(|found| found.unwrap_or(Ok(None))).collect());
    }
    let at = |index| Ok(Some(Found { index, rule: Rule::Place }));
    let time = match (&set[3], without_time, width) {
        (Some(_), false, _) | (_, true, _) => set.into_iter().nth(3).flatten().unwrap_or(Ok(None)),
        (None, false, 4) => at(3),
        (None, false, _) => Ok(None),
    };
    let n_named = if matches!(time, Ok(Some(_))) || without_time && width == 4 { width - 1 } else { width };
    if !(2..=3).contains(&n_named) {
        let is_number = |text: &String| is_missing(text) || text.parse::<f64>().is_ok();
        let is_matrix = width > 4 && head.rows.iter().flatten().all(is_number);
        let matrix = if is_matrix {
            " (a matrix of ratings is to be written with one row a rating: user, item, rating)"
        } else {
            ""
        };
        let message = format!(
            "there is no header, and which of the {width} columns is the user, the item and the rating cannot be told{matrix}: set data.user_column, data.item_column and data.rating_column to their numbers{}",
            head.shown()
        );
        return Err(message);
    }
    let found = vec![at(0), at(1), if n_named == 3 { at(2) } else { Ok(None) }, time];
    head.check_places(&found)?;
    Ok(found)
}

impl Head<'_> {
    fn width(&self) -> usize {
        self.header.map_or_else(|| self.rows.iter().map(Vec::len).max().unwrap_or(0), <[String]>::len)
    }

    /// What a column is called: its name, or its number.
    pub(super) fn name(&self, index: usize) -> String {
        self.header
            .and_then(|header| header.get(index))
            .map_or(format!("column {}", index + 1), |name| format!("'{}'", shortened(name)))
    }

    /// The columns and three rows, as the end of a sentence.
    pub(super) fn shown(&self) -> String {
        const MOST: usize = 12;
        let row = |fields: &[String]| {
            let shown: Vec<String> = fields.iter().take(MOST).map(|field| shortened(field)).collect();
            let more = if fields.len() > MOST { format!(", … ({} fields)", fields.len()) } else { String::new() };
            format!("{}{more}", shown.join(", "))
        };
        let columns = self.header.map_or(String::new(), |header| format!("; the columns are {}", row(header)));
        let rows: Vec<String> = self.rows.iter().take(3).map(|fields| format!("({})", row(fields))).collect();
        let rows = if rows.is_empty() { String::new() } else { format!("; the first rows are {}", rows.join(", ")) };
        format!("{columns}{rows}")
    }

    /// Whether the first rows can have these roles by their place.
    fn check_places(&self, found: &[Result<Option<Found>, Open>]) -> Result<(), String> {
        let column = |index: usize| self.rows.iter().filter_map(move |row| row.get(index)).map(String::as_str);
        if column(0).all(is_asin) && column(1).all(is_reviewer) {
            return Err(format!(
                "there is no header, and column 1 has Amazon's products where the user is expected: set data.user_column = 2, data.item_column = 1, data.rating_column = 3 and data.timestamp_column = {}{}",
                if self.width() > 3 { "4" } else { "none" },
                self.shown()
            ));
        }
        for (role, found) in Role::ALL.iter().zip(found) {
            let Ok(Some(Found { index, rule: Rule::Place })) = found else { continue };
            let odd = self.rows.iter().filter_map(|row| row.get(*index)).find(|text| !can_be(*role, text));
            if let Some(odd) = odd {
                return Err(format!(
                    "there is no header, and column {} cannot be the {role}, for it has '{}': set data.user_column, data.item_column, data.rating_column and data.timestamp_column to the numbers of their columns (data.timestamp_column = none where there is none){}",
                    index + 1,
                    shortened(odd),
                    self.shown()
                ));
            }
            let values = || self.rows.iter().filter_map(|row| row.get(*index)).filter(|text| !is_missing(text));
            if *role == Role::Rating && values().next().is_some() && values().all(|text| can_be(Role::Timestamp, text))
            {
                return Err(format!(
                    "there is no header, and column {} may be the rating or the timestamp: set data.user_column and data.item_column to 1 and 2, and data.rating_column or data.timestamp_column to {}{}",
                    index + 1,
                    index + 1,
                    self.shown()
                ));
            }
        }
        Ok(())
    }
}

/// Whether text is a number of a product at Amazon's: ten letters and digits, of a book an ISBN.
fn is_asin(text: &str) -> bool {
    text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// Whether text is a number of a reviewer there: an A, and more letters and digits than a product has.
fn is_reviewer(text: &str) -> bool {
    text.len() > 10
        && text.starts_with('A')
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// Whether a field can have a role of which only its place tells.
fn can_be(role: Role, text: &str) -> bool {
    if is_missing(text) {
        return true;
    }
    match role {
        Role::User | Role::Item => match Time::parse(text) {
            Some(Time::Number(number)) => number >= 0.0 && number.fract() == 0.0,
            Some(Time::Date(_)) => false,
            None => !matches!(Rating::parse(text), Some(Rating::Comma(..))),
        },
        Role::Rating => Rating::parse(text).is_some(),
        // Seconds since 1970 have nine digits from 1973 on.
        Role::Timestamp => Time::parse(text).is_some_and(|time| match time {
            Time::Number(number) => number >= 1e8,
            Time::Date(_) => true,
        }),
    }
}

/// A field as a message shows it.
pub(super) fn shortened(text: &str) -> String {
    const MOST: usize = 24;
    let mut shown: String = text.chars().take(MOST).collect();
    shown = printable(&shown).into_owned();
    if text.chars().nth(MOST).is_some() {
        shown.push('…');
    }
    shown
}

fn asked(open: &[Open], head: &Head<'_>) -> String {
    let settings = |roles: &[Role]| roles.iter().map(|role| format!("data.{role}_column")).collect::<Vec<_>>();
    let mut parts: Vec<String> = open
        .iter()
        .filter_map(|question| if let Open::Setting(text) = question { Some(text.clone()) } else { None })
        .collect();
    let mut to_set = Vec::new();
    for question in open {
        if let Open::Several(role, indices) = question {
            let names: Vec<String> = indices.iter().map(|&index| head.name(index)).collect();
            parts.push(format!("{} look like the {role}", joined(&names, "and")));
            to_set.push(*role);
        }
    }
    let none: Vec<Role> =
        open.iter().filter_map(|question| if let Open::None(role) = question { Some(*role) } else { None }).collect();
    if !none.is_empty() {
        let roles: Vec<String> = none.iter().map(|role| format!("the {role}")).collect();
        parts.push(format!("no column looks like {}", joined(&roles, "or")));
        to_set.extend(none);
    }
    let remedy = if to_set.is_empty() {
        String::new()
    } else {
        format!(": set {} to a column, by name or number", joined(&settings(&to_set), "and"))
    };
    format!("{}{remedy}{}", parts.join("; "), head.shown())
}

/// "a", "a and b", "a, b and c".
fn joined(parts: &[String], word: &str) -> String {
    match parts.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, others)) => format!("{} {word} {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(names: &str) -> Vec<String> {
        names.split(',').map(str::to_owned).collect()
    }

    /// Positions of user, item, rating and timestamp.
    fn found(names: &str) -> Result<[Option<usize>; 4], String> {
        let header = header(names);
        let roles = Roles::of(&Head { header: Some(&header), rows: &[] }, &Columns::default())?;
        Ok(roles.each().map(|(_, found)| found.map(|found| found.index)))
    }

    #[test]
    fn usual_names_are_found_whatever_their_case_and_punctuation() {
        for (names, expected) in [
            ("user_id:token,item_id:token,rating:float,timestamp:float", [0, 1, 2, 3].map(Some)),
            ("User-ID,ISBN,Book-Rating", [Some(0), Some(1), Some(2), None]),
            ("userID,placeID,rating,food_rating", [Some(0), Some(1), Some(2), None]),
            ("review_id,user_id,business_id,stars,date", [1, 2, 3, 4].map(Some)),
            ("user_id,video_id,watch_ratio,time,timestamp", [Some(0), Some(1), Some(2), Some(4)]),
            ("user,user_id,movie,movie_id,rating", [Some(1), Some(3), Some(4), None]),
            ("user_id,item_id,score,rating", [Some(0), Some(1), Some(3), None]),
            ("user_procid,item_procid,ratings", [Some(0), Some(1), Some(2), None]),
            ("timestamp,visitorid,itemid,rating", [1, 2, 3, 0].map(Some)),
            ("reviewerID,asin,reviewerName,overall,unixReviewTime,reviewTime", [Some(0), Some(1), Some(3), Some(4)]),
            ("rating,title,asin,parent_asin,user_id,timestamp", [Some(4), Some(2), Some(0), Some(5)]),
            ("userID,artistID,weight", [Some(0), Some(1), Some(2), None]),
            ("user_id,item_id,timestamp", [Some(0), Some(1), None, Some(2)]),
            ("user_id,item_id,address_id,postal_code,game_paid,rating", [Some(0), Some(1), Some(5), None]),
        ] {
            assert_eq!(found(names), Ok(expected), "{names}");
        }
    }

    #[test]
    fn every_open_question_is_asked_at_once() {
        let said = found("click,purchase,101,205").unwrap_err();
        assert_eq!(
            said,
            "'click' and 'purchase' look like the rating; no column looks like the user or the item: set data.rating_column, data.user_column and data.item_column to a column, by name or number; the columns are click, purchase, 101, 205"
        );
        assert!(
            found("user_id,uid,item,rating")
                .unwrap_err()
                .starts_with("'user_id' and 'uid' look like the user: set data.user_column")
        );
        assert!(found("customer_id,user,item,rating").unwrap_err().contains("look like the user"));
    }

    #[test]
    fn a_setting_names_or_numbers_a_column() {
        let header = header("who,what,how,when");
        let head = Head { header: Some(&header), rows: &[] };
        let named = |name: &str| Some(name.to_owned());
        let columns = Columns { user: named("who"), item: named("2"), rating: named("how"), timestamp: named("none") };
        let roles = Roles::of(&head, &columns).unwrap();
        assert_eq!(roles.each().map(|(_, found)| found.map(|found| found.index)), [Some(0), Some(1), Some(2), None]);
        let said = Roles::of(&head, &Columns { user: named("whom"), item: named("9"), ..columns.clone() }).unwrap_err();
        assert_eq!(
            said,
            "data.user_column = 'whom': there is no such column (did you mean 'who'?); data.item_column = '9': there is no such column; the columns are who, what, how, when"
        );
        let twice = self::header("who,how,what,how");
        let said = Roles::of(&Head { header: Some(&twice), rows: &[] }, &columns).unwrap_err();
        assert!(
            said.starts_with("data.rating_column = 'how': columns 2 and 4 have that name: use the number of one"),
            "{said}"
        );
        let said = Roles::of(&head, &Columns { item: named("1"), ..columns }).unwrap_err();
        assert!(said.starts_with("'who' is both the user and the item"), "{said}");
    }

    #[test]
    fn a_table_without_a_header_is_taken_by_place_where_it_can_be() {
        let table = |text: &str| text.lines().map(header).collect::<Vec<_>>();
        let places = |text: &str, columns: &Columns| {
            let rows = table(text);
            let roles = Roles::of(&Head { header: None, rows: &rows }, columns)?;
            Ok::<_, String>(roles.each().map(|(_, found)| found.map(|found| found.index)))
        };
        let none = Columns::default();
        assert_eq!(places("0,14,5,1500000645", &none), Ok([0, 1, 2, 3].map(Some)));
        assert_eq!(places("a,x,4.5", &none), Ok([Some(0), Some(1), Some(2), None]));
        assert_eq!(places("0,14", &none), Ok([Some(0), Some(1), None, None]));
        let refused = |text: &str| places(text, &none).unwrap_err();
        assert!(
            refused("0,2014-04-07T10:45:09.277Z,214536514,2")
                .contains("column 2 cannot be the item, for it has '2014-04-07T10:45:09.277Z'")
        );
        assert!(refused("25,-7.8,99,1500000645").contains("column 2 cannot be the item, for it has '-7.8'"));
        assert!(refused("a,x,1500000645").contains("column 3 may be the rating or the timestamp"));
        assert!(refused("u0,Half-Life,play,5.5,0").contains("which of the 5 columns is the user"));
        assert!(refused("a,x,5,3").contains("column 4 cannot be the timestamp, for it has '3'"));
        let columns = Columns { timestamp: Some("none".into()), ..Columns::default() };
        assert_eq!(places("a,x,5,3", &columns), Ok([Some(0), Some(1), Some(2), None]));
        let number = |number: &str| Some(number.to_owned());
        let columns = Columns { user: number("1"), item: number("2"), rating: number("4"), timestamp: None };
        assert_eq!(places("u0,Half-Life,play,5.5,0", &columns), Ok([Some(0), Some(1), Some(3), None]));
        let said = places("a,x,5", &Columns { user: number("who"), ..Columns::default() }).unwrap_err();
        assert!(
            said.starts_with("data.user_column = 'who': there is no such column, for the table has no header"),
            "{said}"
        );
    }
}
