//! Tables that a person may have, and what a reader must find in them.

use super::choices::Choices;

/// A row as it must be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub user: String,
    pub item: String,
    /// 1 where the table has no ratings.
    pub rating: f64,
    pub time: Option<f64>,
}

/// A row as it is written.
#[derive(Clone, Debug)]
pub struct Cells {
    pub user: String,
    pub item: String,
    pub rating: String,
    pub time: String,
}

pub struct Made {
    pub rows: Vec<Row>,
    pub cells: Vec<Cells>,
    pub is_rated: bool,
    pub is_timed: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Rated {
    No,
    Whole,
    Halves,
    Floats,
    Labels,
    Words(&'static [&'static str; 2]),
    Comma,
    Wide,
    Ten,
    Counts,
}

const RATED: [Rated; 16] = [
    Rated::Whole,
    Rated::Halves,
    Rated::Floats,
    Rated::Labels,
    Rated::No,
    Rated::Words(&["False", "True"]),
    Rated::Words(&["no", "yes"]),
    Rated::Words(&["dislike", "like"]),
    Rated::Words(&["N", "Y"]),
    Rated::Words(&["f", "t"]),
    Rated::Comma,
    Rated::Wide,
    Rated::Ten,
    Rated::Counts,
    Rated::Whole,
    Rated::Halves,
];

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Timed {
    No,
    Seconds,
    Millis,
    Small,
    Date,
    Civil,
    Zulu,
    Offset,
    Utc,
    Fraction,
    Float,
}

const TIMED: [Timed; 11] = [
    Timed::Seconds,
    Timed::No,
    Timed::Millis,
    Timed::Small,
    Timed::Date,
    Timed::Civil,
    Timed::Zulu,
    Timed::Offset,
    Timed::Utc,
    Timed::Fraction,
    Timed::Float,
];

/// Kinds of ids.
pub const IDS: usize = 24;

/// The id with number `n` of a kind.
pub fn id(kind: usize, n: usize, noun: &str) -> String {
    let letter = noun.chars().next().unwrap_or('x');
    let pick = |all: &[&str]| all[n % all.len()].to_owned();
    match kind {
        0 => (n + 1).to_string(),
        1 => (u64::MAX - n as u64).to_string(),
        2 => format!("{letter}{n}"),
        3 => pick(&["José", "Zoë", "Øde", "naïve", "Müller", "Łuk", "Анна", "日本"]) + &n.to_string(),
        4 => format!("Half-Life {n}"),
        5 => pick(&["a,b", "a;b", "a|b", "a::b", "a, b; c", "a/b", "a=b"]) + &n.to_string(),
        6 => pick(&["5\" disk ", "x\"", "say \"no\" "]) + &n.to_string(),
        7 => format!("{}{n}", pick(&["#", "%", "//", "sep="])),
        8 => format!("{noun}:{n}"),
        9 => format!("{n:06}"),
        10 => format!("{n}.0"),
        11 => format!("-{n}"),
        12 => {
            if n.is_multiple_of(7) {
                format!("{n:09}X")
            } else {
                format!("{n:010}")
            }
        }
        13 => format!("http://a.b/c?x={n}&y"),
        14 => pick(&["user", "item", "book", "like", "y", "rating", "time", "game", "count", "1", "2", "3", "4"]),
        15 => {
            if n.is_multiple_of(3) {
                format!("{letter}{n}")
            } else {
                n.to_string()
            }
        }
        16 => format!("a{n}@b.de"),
        17 => format!("\"{noun} {n}\""),
        18 => format!("{letter}{n}").repeat(40),
        19 => pick(&["e\u{301}", "👩\u{200d}🔬", "שלום", "x\u{2028}", "a\u{ad}", "１２", "ﬁ", "İ"]) + &n.to_string(),
        20 => pick(&["1e", "0x1", "inf", "nan", "+", "1_", ".5", "00"]) + &n.to_string(),
        21 => pick(&["{", "[", "{\"a\":", "[{"]) + &n.to_string() + "}",
        22 => format!("{noun} {letter}, {n}"),
        _ => format!("{:x}-{:04x}", n * 2_654_435_761, n),
    }
}

impl Made {
    pub fn of(choices: &mut Choices<'_>) -> Self {
        let (rated, timed) = (choices.of(&RATED), choices.of(&TIMED));
        let kinds = [0, 1].map(|_| choices.below(IDS));
        Self::with(choices, rated, timed, kinds)
    }

    pub fn with(choices: &mut Choices<'_>, rated: Rated, timed: Timed, kinds: [usize; 2]) -> Self {
        let n_rows = match choices.below(16) {
            0 => 1,
            1 => 2,
            15 if choices.once_in(8) => 1 + choices.below(1500),
            _ => 1 + choices.below(60),
        };
        let (n_users, n_items) = (1 + choices.below(12), 1 + choices.below(40));
        let mut made =
            Self { rows: Vec::new(), cells: Vec::new(), is_rated: rated != Rated::No, is_timed: timed != Timed::No };
        for number in 0..n_rows {
            let (user, item) = (choices.below(n_users), choices.below(n_items));
            let (rating, written) = rating(choices, rated);
            let (time, when) = time(choices, timed, number);
            let (user, item) = (id(kinds[0], user, "user"), id(kinds[1], item, "item"));
            made.rows.push(Row { user: user.clone(), item: item.clone(), rating, time });
            made.cells.push(Cells { user, item, rating: written, time: when });
        }
        made
    }

    /// Makes ids over, of the rows and of what is written of them.
    pub fn rename(&mut self, name: impl Fn(&str) -> String) {
        for (row, cells) in self.rows.iter_mut().zip(&mut self.cells) {
            (row.user, row.item) = (name(&row.user), name(&row.item));
            (cells.user, cells.item) = (row.user.clone(), row.item.clone());
        }
    }
}

fn rating(choices: &mut Choices<'_>, rated: Rated) -> (f64, String) {
    let n = choices.byte();
    match rated {
        Rated::No => (1.0, String::new()),
        Rated::Whole => (f64::from(n % 5 + 1), (n % 5 + 1).to_string()),
        Rated::Ten => (f64::from(n % 11), (n % 11).to_string()),
        Rated::Halves => (f64::from(n % 10 + 1) / 2.0, format!("{:.1}", f64::from(n % 10 + 1) / 2.0)),
        Rated::Floats => (f64::from(n % 5 + 1), format!("{}.0", n % 5 + 1)),
        Rated::Labels => (f64::from(n % 2), (n % 2).to_string()),
        Rated::Words(words) => (f64::from(n % 2), words[usize::from(n % 2)].to_owned()),
        Rated::Comma => (
            f64::from(n % 10 + 1) / 2.0,
            format!("{},{}", (n % 10).div_ceil(2), if n.is_multiple_of(2) { 5 } else { 0 }),
        ),
        Rated::Counts => {
            let count = 1_u64 << (n % 40);
            (count as f64, count.to_string())
        }
        Rated::Wide => {
            let value = f64::from_bits(choices.number());
            let value = if value.is_finite() { value } else { f64::from(n) };
            (value, if n.is_multiple_of(2) { value.to_string() } else { format!("{value:e}") })
        }
    }
}

/// The date of a day counted from 1970-01-01, by the calendar's own arithmetic.
fn civil(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let (era, of_era) = (z.div_euclid(146_097), z.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

fn time(choices: &mut Choices<'_>, timed: Timed, number: usize) -> (Option<f64>, String) {
    if timed == Timed::No {
        return (None, String::new());
    }
    let n = (i64::from(choices.byte()) << 8 | i64::from(choices.byte())) * 7001;
    let seconds = 1_000_000_000 + n;
    let date = |seconds: i64| {
        let (year, month, day) = civil(seconds.div_euclid(86_400));
        format!("{year:04}-{month:02}-{day:02}")
    };
    let clock = |seconds: i64| {
        let of_day = seconds.rem_euclid(86_400);
        format!("{:02}:{:02}:{:02}", of_day / 3600, of_day / 60 % 60, of_day % 60)
    };
    let (value, text) = match timed {
        Timed::No => unreachable!("told above"),
        Timed::Seconds => (seconds as f64, seconds.to_string()),
        Timed::Millis => ((seconds * 1000 + 7) as f64, (seconds * 1000 + 7).to_string()),
        Timed::Small => (number as f64, number.to_string()),
        // From long before 1970 to long after.
        Timed::Date => {
            let day = (n / 7001 - 20_000) * 86_400;
            (day as f64, date(day))
        }
        Timed::Civil => (seconds as f64, format!("{} {}", date(seconds), clock(seconds))),
        Timed::Zulu => (seconds as f64, format!("{}T{}Z", date(seconds), clock(seconds))),
        Timed::Offset => {
            let local = seconds + 5400;
            (seconds as f64, format!("{}T{}+01:30", date(local), clock(local)))
        }
        Timed::Utc => (seconds as f64, format!("{} {} UTC", date(seconds), clock(seconds))),
        Timed::Fraction => (seconds as f64 + 0.5, format!("{}T{}.500Z", date(seconds), clock(seconds))),
        Timed::Float => (seconds as f64 / 10.0, format!("{}.{}", seconds / 10, seconds % 10)),
    };
    (Some(value), text)
}
