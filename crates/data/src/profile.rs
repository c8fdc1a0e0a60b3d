//! What rows are like: their ratings, their times, what repeats.

use std::fmt;

use autolossgen_settings::choice;
use serde::Serialize;

use crate::duplicates;
use crate::histories::{Histories, Times};
use crate::options::{Duplicates, LoadOptions};
use crate::ratings::Ratings;
use crate::split::{SplitKind, SplitRule};

choice! {
    /// How the rows of a file lie
    pub enum Order {
        /// No order is seen
        None = "none",
        /// All rows of a user, then all of the next
        ByUser = "by user",
        /// All rows of an item, then all of the next
        ByItem = "by item",
        /// From high to low or low to high ratings, of every user
        ByRating = "by rating",
    }
}

/// The ratings of a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scale {
    /// Smallest
    pub smallest: f64,
    /// Median, the lower of two
    pub median: f64,
    /// Largest
    pub largest: f64,
    /// Number of different ratings
    pub distinct: usize,
    /// Lower end and count: of every rating where there are 12 or fewer, else of ten bins of one width
    pub histogram: Vec<(f64, usize)>,
    /// Whether every rating is 0 or 1, which are labels
    pub is_label: bool,
}

/// A threshold that makes both classes large.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Suggestion {
    /// The threshold
    pub threshold: f64,
    /// Share of positive rows under it
    pub positive_share: f64,
}

/// What the rows of a table are like, before repeated pairs are dropped.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Profile {
    /// Rows
    pub rows: usize,
    /// Users
    pub users: usize,
    /// Items
    pub items: usize,
    /// The ratings; `None` for implicit feedback
    pub ratings: Option<Scale>,
    /// Share of rows with a rating above the threshold, or with label 1
    pub positive_share: f64,
    /// Another threshold, where the one at hand does not suit the ratings
    pub suggestion: Option<Suggestion>,
    /// A rating apart from all others that may stand for "not rated", such as -1, 0 or 99: the rating and its rows
    pub not_rated: Option<(f64, usize)>,
    /// Rows that repeat the user and the item of an earlier row
    pub duplicates: usize,
    /// Of a ready folder, rows whose pair is in an earlier part too
    pub duplicates_across: usize,
    /// What timestamps say
    pub times: Times,
    /// The first and the last timestamp: as a date where they count from 1970
    pub time_range: Option<[String; 2]>,
    /// Rows whose timestamp is 0 or less, or nearly, where others count seconds since 1970
    pub without_time: usize,
    /// Rows that share their user and their timestamp with another row
    pub ties: usize,
    /// How the rows lie, where there is no usable time
    pub order: Order,
}

impl Profile {
    /// `ends` are the rows at which the parts of a ready folder end.
    pub(crate) fn of(ratings: &Ratings, is_implicit: bool, threshold: f64, ends: Option<&[usize]>) -> Self {
        let sorted = (!is_implicit).then(|| sorted(&ratings.ratings));
        let scale = sorted.as_deref().map(Scale::of);
        let is_label = scale.as_ref().is_none_or(|scale| scale.is_label);
        let cut = if is_label { 0.5 } else { threshold };
        let share_above = |cut: f64| sorted.as_deref().map_or(1.0, |sorted| share_above(sorted, cut));
        let suggestion = scale.as_ref().zip(sorted.as_deref()).filter(|_| !is_label);
        let suggestion = suggestion.and_then(|(scale, sorted)| suggest(scale, sorted, threshold));
        let histories = Histories::of(ratings);
        let times = Times::of(ratings, &histories);
        Self {
            rows: ratings.len(),
            users: ratings.n_users(),
            items: ratings.n_items(),
            positive_share: share_above(cut),
            suggestion,
            not_rated: sorted.as_deref().and_then(not_rated),
            without_time: without_time(&ratings.timestamps),
            ratings: scale,
            duplicates: duplicates::count(ratings, &histories),
            duplicates_across: ends.map_or(0, |ends| across(ratings, &histories, ends)),
            times,
            time_range: time_range(&ratings.timestamps),
            ties: if times == Times::Usable { ties(ratings, &histories) } else { 0 },
            order: if times == Times::Usable { Order::None } else { Order::of(ratings, &histories) },
        }
    }

    /// Ratings and classes.
    fn ratings(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const WIDTH: f64 = 40.0;
        let Some(Scale { smallest, median, largest, distinct, histogram, .. }) = &self.ratings else {
            return Ok(());
        };
        writeln!(f, "  ratings from {smallest} to {largest}, median {median}, {distinct} different")?;
        let most = histogram.iter().map(|(_, n)| *n).max().unwrap_or(1).max(1);
        for (rating, n) in histogram {
            let bar = "#".repeat((WIDTH * *n as f64 / most as f64).ceil() as usize);
            let from = if histogram.len() < *distinct { "from " } else { "" };
            let share = 100.0 * *n as f64 / self.rows as f64;
            let line = format!("    {:>13}{n:>12}{share:>7.1}%  {bar}", format!("{from}{}", rounded(*rating)));
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }

    /// Rows, ratings and classes, in a line.
    pub fn summary(&self, options: &LoadOptions) -> String {
        let Self { rows, users, items, .. } = self;
        let ratings = match &self.ratings {
            None => "no ratings".to_owned(),
            Some(scale) if scale.is_label => format!("labels 0 and 1, {:.1}% positive", 100.0 * self.positive_share),
            Some(Scale { smallest, largest, .. }) => format!(
                "ratings from {smallest} to {largest}, rating > {} makes {:.1}% positive",
                options.threshold,
                100.0 * self.positive_share
            ),
        };
        format!("{rows} rows of {users} users and {items} items, {ratings}")
    }

    /// What is odd, each in a sentence.
    pub(crate) fn warnings(&self, options: &LoadOptions, is_ready: bool) -> Vec<String> {
        let mut warnings = Vec::new();
        if let (Some(scale), Some(Suggestion { threshold, positive_share })) = (&self.ratings, &self.suggestion) {
            warnings.push(format!(
                "rating > {} makes {:.1}% of the rows positive, and ratings run from {} to {}: data.threshold = {threshold} would make {:.1}%",
                options.threshold, 100.0 * self.positive_share, scale.smallest, scale.largest, 100.0 * positive_share
            ));
        }
        if let Some((rating, n)) = self.not_rated {
            warnings.push(format!(
                "{n} rows have the rating {rating}: if it stands for 'not rated', drop them with data.not_rated = [{rating:?}]"
            ));
        }
        if self.without_time > 0 {
            let n = self.without_time;
            warnings.push(format!(
                "{n} rows have a timestamp about 0, which is 1970, and others count from there: they may have no time"
            ));
        }
        warnings.extend(self.repeats(options, is_ready));
        if !is_ready && (self.ratings.is_some() || options.split == SplitRule::LeaveLastOut) {
            warnings.extend(self.time_warning(options));
        }
        warnings
    }

    fn repeats(&self, options: &LoadOptions, is_ready: bool) -> Option<String> {
        let Self { duplicates, duplicates_across, rows, .. } = self;
        if *duplicates == 0 {
            return None;
        }
        let repeat = format!("{duplicates} of {rows} rows repeat a user and an item");
        let rule = options.duplicates;
        Some(match (is_ready, rule) {
            (true, _) => {
                format!("{repeat}, {duplicates_across} of them one of an earlier part: ready files stay what they are")
            }
            (false, Duplicates::Last) => format!("{repeat}: the latest stays (data.duplicates = '{rule}')"),
            (false, Duplicates::Mean) => format!("{repeat}: their mean stays (data.duplicates = '{rule}')"),
            (false, Duplicates::Keep | Duplicates::Error) => format!("{repeat} (data.duplicates = '{rule}')"),
        })
    }

    fn time_warning(&self, options: &LoadOptions) -> Option<String> {
        let rule = match options.split {
            SplitRule::LeaveOneOut => SplitKind::LeaveOneOut,
            SplitRule::LeaveLastOut => SplitKind::LeaveLastOut,
            SplitRule::Random(_) | SplitRule::Temporal(_) | SplitRule::Ratio(_) => return None,
        };
        let why = match self.times {
            Times::Usable if self.ties == 0 => return None,
            Times::Usable => {
                return Some(format!(
                    "{} of {} rows share user and time with another: these are in the order of the file",
                    self.ties, self.rows
                ));
            }
            Times::None => "the rows have no time",
            Times::Constant => "all rows have one timestamp",
            Times::Tied => "all rows of a user have one timestamp",
        };
        let lie = match self.order {
            Order::None => String::new(),
            order => format!(", and the file is ordered {order}"),
        };
        Some(format!("{why}{lie}: {rule} takes a user's rows in an order that is drawn by the seed"))
    }
}

impl fmt::Display for Profile {
    /// Several lines, as `data info` shows them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rows, users, items, times, ties, duplicates, order, .. } = self;
        writeln!(
            f,
            "  {rows} rows of {users} users and {items} items, {duplicates} of which repeat a user and an item"
        )?;
        self.ratings(f)?;
        match (&self.time_range, times) {
            (Some([first, last]), Times::Usable) => {
                writeln!(f, "  times from {first} to {last}, {ties} rows share user and time with another")
            }
            (Some([first, _]), Times::Constant) => {
                writeln!(f, "  one time for all rows, {first}; the rows lie in order: {order}")
            }
            (Some([first, last]), _) => {
                writeln!(
                    f,
                    "  times from {first} to {last}, one for all rows of a user; the rows lie in order: {order}"
                )
            }
            (None, _) => writeln!(f, "  no times; the rows lie in order: {order}"),
        }
    }
}

/// A number with four decimals at most.
fn rounded(x: f64) -> String {
    let text = format!("{x:.4}");
    if x.abs() < 1e9 { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { format!("{x:e}") }
}

impl Order {
    fn of(ratings: &Ratings, histories: &Histories) -> Self {
        // Indices count first occurrences, so that they rise where no id comes back.
        if ratings.items.is_sorted() && ratings.n_items() < ratings.len() {
            return Self::ByItem;
        }
        let mut several = false;
        let by_rating = histories.each().all(|rows| {
            let own: Vec<f64> = rows.iter().map(|&row| ratings.ratings[row as usize]).collect();
            several |= own.windows(2).any(|pair| pair[0] != pair[1]);
            own.is_sorted() || own.iter().rev().is_sorted()
        });
        if by_rating && several {
            Self::ByRating
        } else if ratings.users.is_sorted() && ratings.n_users() < ratings.len() {
            Self::ByUser
        } else {
            Self::None
        }
    }
}

impl Scale {
    fn of(sorted: &[f64]) -> Self {
        let (smallest, largest) = (sorted[0], sorted[sorted.len() - 1]);
        let groups: Vec<(f64, usize)> = sorted.chunk_by(|a, b| a == b).map(|group| (group[0], group.len())).collect();
        let distinct = groups.len();
        let histogram = if distinct <= 12 { groups } else { bins(sorted) };
        let is_label = smallest >= 0.0 && largest <= 1.0 && sorted.iter().all(|&rating| rating == 0.0 || rating == 1.0);
        Self { smallest, median: sorted[(sorted.len() - 1) / 2], largest, distinct, histogram, is_label }
    }
}

/// A number that stands for "not rated" in data that people have, where it lies apart from all other ratings: below or above them
/// by more than they range over, −1 below 0 and more, or 0 below 1 and more and far more frequent than the next.
fn not_rated(sorted: &[f64]) -> Option<(f64, usize)> {
    const USUAL: [f64; 8] = [-1.0, -99.0, -999.0, -9999.0, 99.0, 999.0, 9999.0, 0.0];
    let mut groups = sorted.chunk_by(|a, b| a == b).map(|group| (group[0], group.len()));
    let (first, n_first) = groups.next()?;
    let (second, n_second) = groups.next()?;
    let (last, n_last) = groups.next_back()?;
    let before_last = groups.next_back().map_or(second, |(rating, _)| rating);
    let below = match first {
        -1.0 => second >= 0.0,
        0.0 => second >= 1.0 && n_first > 2 * n_second,
        _ => second - first > last - second,
    };
    let above = last - before_last > before_last - first;
    let apart = [(below, first, n_first), (above, last, n_last)].into_iter();
    apart.filter(|(is_apart, rating, _)| *is_apart && USUAL.contains(rating)).map(|(_, rating, n)| (rating, n)).next()
}

/// Rows without a time to speak of, where the others have one.
fn without_time(times: &[f64]) -> usize {
    let is_dated = times.iter().any(|&time| time >= 1e8);
    if is_dated { times.iter().filter(|&&time| time < 1e6).count() } else { 0 }
}

fn bins(sorted: &[f64]) -> Vec<(f64, usize)> {
    const BINS: usize = 10;
    let (low, high) = (sorted[0], sorted[sorted.len() - 1]);
    // Halved, because a difference of finite numbers may be infinite.
    let width = (high / 2.0 - low / 2.0) / BINS as f64 * 2.0;
    let lower = |bin: usize| low + bin as f64 * width;
    let ends =
        (1..=BINS).map(|bin| if bin == BINS { sorted.len() } else { sorted.partition_point(|&x| x < lower(bin)) });
    let ends: Vec<usize> = ends.collect();
    (0..BINS).map(|bin| (lower(bin), ends[bin] - if bin == 0 { 0 } else { ends[bin - 1] })).collect()
}

fn sorted(ratings: &[f64]) -> Vec<f64> {
    let mut sorted = ratings.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
}

fn share_above(sorted: &[f64], cut: f64) -> f64 {
    let above = sorted.len() - sorted.partition_point(|&rating| rating <= cut);
    above as f64 / sorted.len() as f64
}

/// A threshold from among the ratings that makes the classes as equal as may be, where the one at hand lies at the end of the
/// scale or leaves less than a tenth in a class.
fn suggest(scale: &Scale, sorted: &[f64], threshold: f64) -> Option<Suggestion> {
    let share = share_above(sorted, threshold);
    let place = (threshold - scale.smallest) / (scale.largest - scale.smallest);
    if (0.1..=0.9).contains(&share) && (1.0 / 3.0..=0.8).contains(&place) {
        return None;
    }
    let at = |threshold: f64| Suggestion { threshold, positive_share: share_above(sorted, threshold) };
    let distance = |suggestion: &Suggestion| (suggestion.positive_share - 0.5).abs();
    // About the median, the rating below it, or itself.
    let middle = scale.median;
    let below = sorted[..sorted.partition_point(|&rating| rating < middle)].last().copied();
    let best =
        [Some(middle), below].into_iter().flatten().map(at).min_by(|a, b| distance(a).total_cmp(&distance(b)))?;
    (best.threshold != threshold && best.positive_share > 0.0 && distance(&best) < (share - 0.5).abs()).then_some(best)
}

/// Rows whose user and item an earlier part has too.
fn across(ratings: &Ratings, histories: &Histories, ends: &[usize]) -> usize {
    let part = |row: u32| ends.partition_point(|&end| end <= row as usize);
    let mut n = 0;
    histories.for_each_repeated(ratings, |rows| {
        let first = part(rows[0]);
        n += rows.iter().filter(|&&row| part(row) > first).count();
    });
    n
}

/// Rows that share user and time with another.
fn ties(ratings: &Ratings, histories: &Histories) -> usize {
    let time = |row: &u32| ratings.timestamps[*row as usize];
    let mut n = 0;
    let mut own: Vec<u32> = Vec::new();
    for rows in histories.each() {
        own.clear();
        own.extend(rows);
        own.sort_unstable_by(|a, b| time(a).total_cmp(&time(b)));
        n += own.chunk_by(|a, b| time(a) == time(b)).map(<[u32]>::len).filter(|&n| n > 1).sum::<usize>();
    }
    n
}

/// The first and the last of some timestamps.
fn time_range(times: &[f64]) -> Option<[String; 2]> {
    let first = times.iter().copied().min_by(f64::total_cmp)?;
    let last = times.iter().copied().max_by(f64::total_cmp)?;
    Some([first, last].map(|time| date(time, last).unwrap_or_else(|| time.to_string())))
}

/// A time as a date where the largest counts seconds, or a thousandth, millionth or billionth of one, since 1970, or ten millionths
/// since the year 1, as .NET does.
fn date(time: f64, largest: f64) -> Option<String> {
    const YEAR_1: f64 = -62_135_596_800.0;
    // The ticks of .NET from 1937 to 2095; as nanoseconds they would be days of 1989 to 1991.
    let ticks = (6.11e17, 6.61e17, 1e7, YEAR_1);
    let since_1970 = [(1e8, 1e11, 1.0), (1e11, 1e14, 1e3), (1e14, 1e17, 1e6), (1e17, 1e20, 1e9)];
    let since_1970 = since_1970.into_iter().map(|(low, high, per_second)| (low, high, per_second, 0.0));
    let mut units = std::iter::once(ticks).chain(since_1970);
    let (.., per_second, from) = units.find(|(low, high, ..)| (*low..*high).contains(&largest))?;
    let seconds = jiff::Timestamp::from_second((time / per_second + from).floor() as i64).ok()?;
    Some(seconds.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(rows: &[(&str, &str, f64)]) -> Profile {
        let mut ratings = Ratings::default();
        rows.iter().for_each(|&(user, item, rating)| ratings.push(user, item, rating, None));
        Profile::of(&ratings, false, 3.0, None)
    }

    fn rated(values: &[f64]) -> Profile {
        let items: Vec<String> = (0..values.len()).map(|item| item.to_string()).collect();
        let rows: Vec<(&str, &str, f64)> =
            values.iter().zip(&items).map(|(&value, item)| ("u", item.as_str(), value)).collect();
        profile(&rows)
    }

    #[test]
    fn a_threshold_is_suggested_where_the_one_at_hand_does_not_suit() {
        assert_eq!(rated(&[1.0, 2.0, 3.0, 4.0, 5.0]).suggestion, None);
        let ten = rated(&[4.0, 6.0, 7.0, 8.0, 10.0, 0.5]).suggestion.unwrap();
        assert_eq!((ten.threshold, ten.positive_share), (6.0, 0.5));
        let counts = rated(&[1.0, 20.0, 300.0, 4000.0]).suggestion.unwrap();
        assert_eq!((counts.threshold, counts.positive_share), (20.0, 0.5));
        assert_eq!(rated(&[0.0, 1.0, 1.0]).suggestion, None, "labels have no threshold");
        assert_eq!(rated(&[7.0, 7.0]).suggestion, None, "no threshold divides one value");
    }

    #[test]
    fn ratings_that_stand_for_none_are_seen() {
        assert_eq!(rated(&[-1.0, -1.0, 6.0, 7.0, 10.0]).not_rated, Some((-1.0, 2)));
        assert_eq!(rated(&[0.0, 0.0, 0.0, 3.0, 10.0]).not_rated, Some((0.0, 3)));
        assert_eq!(rated(&[0.0, 1.0, 2.0]).not_rated, None, "a scale from 0");
        assert_eq!(rated(&[1.0, 2.0, 5.0]).not_rated, None);
        assert_eq!(rated(&[-1.0, 1.0, 1.0]).not_rated, None, "two classes");
        assert_eq!(rated(&[-7.8, 3.0, 99.0, 9.2]).not_rated, Some((99.0, 1)));
        assert_eq!(rated(&[-999.0, 1.0, 5.0, 3.0]).not_rated, Some((-999.0, 1)));
        assert_eq!(rated(&[1.0, 50.0, 99.0, 100.0]).not_rated, None, "a scale");
    }

    #[test]
    fn orders_of_a_file_are_told_apart() {
        assert_eq!(profile(&[("a", "x", 5.0), ("b", "x", 1.0), ("a", "y", 2.0)]).order, Order::ByItem);
        assert_eq!(
            profile(&[("a", "x", 5.0), ("b", "y", 1.0), ("a", "y", 2.0), ("b", "x", 5.0)]).order,
            Order::ByRating
        );
        assert_eq!(profile(&[("a", "x", 1.0), ("a", "y", 5.0), ("a", "z", 2.0), ("b", "x", 2.0)]).order, Order::ByUser);
        let mixed = [("a", "x", 1.0), ("b", "y", 5.0), ("a", "y", 5.0), ("b", "x", 2.0), ("a", "z", 2.0)];
        assert_eq!(profile(&mixed).order, Order::None);
    }

    #[test]
    fn a_histogram_counts_every_row() {
        let few = rated(&[1.0, 1.0, 5.0]).ratings.unwrap();
        assert_eq!((few.histogram, few.median), (vec![(1.0, 2), (5.0, 1)], 1.0));
        let many: Vec<f64> = (0..101).map(f64::from).collect();
        let many = rated(&many).ratings.unwrap();
        assert_eq!((many.histogram.len(), many.histogram[0], many.histogram[9]), (10, (0.0, 10), (90.0, 11)));
        let wide =
            rated(&(0..20).map(|n| if n % 2 == 0 { f64::MIN } else { f64::MAX / f64::from(n) }).collect::<Vec<_>>());
        assert_eq!(wide.ratings.unwrap().histogram.iter().map(|(_, n)| n).sum::<usize>(), 20);
    }

    #[test]
    fn times_are_dates_where_they_count_from_1970() {
        let range = |times: &[f64]| time_range(times).unwrap().join(" ");
        assert_eq!(range(&[1_500_000_645.0, 874_724_710.0]), "1997-09-20T03:05:10Z 2017-07-14T02:50:45Z");
        assert_eq!(range(&[1_500_000_645_000.0]), "2017-07-14T02:50:45Z 2017-07-14T02:50:45Z");
        assert_eq!(range(&[635_645_000_000_000_000.0]), "2015-04-13T05:33:20Z 2015-04-13T05:33:20Z");
        assert_eq!(range(&[1.0, 8.0]), "1 8");
    }
}
