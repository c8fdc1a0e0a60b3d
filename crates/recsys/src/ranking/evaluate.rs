//! Full ranking: every item that a user may be recommended is scored.

use thiserror::Error;

use super::metric::MetricAt;
use super::positives::Positives;
use super::rankings::{RankedBlock, Rankings};
use super::scorer::Scorer;
use super::top::{NotANumber, Top};

/// Users of a block: a matrix product of fewer is slower, and the scores of more leave the second-level cache.
const BLOCK: usize = 64;

/// What a full ranking cannot be made of.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum RankingError {
    /// No metric is asked for
    #[error("no metric is given to judge rankings by: give at least one, such as ndcg@20")]
    NoMetric,
    /// More items are asked for than there are
    #[error("{metric} asks for more items than the {n_items} that there are: its cutoff must be at most {n_items}")]
    Cutoff {
        /// The metric
        metric: MetricAt,
        /// How many items there are
        n_items: usize,
    },
    /// A score is NaN
    #[error("the score of item {item} for user {user} is NaN: a score must be a number")]
    Score {
        /// The user
        user: u32,
        /// The item
        item: u32,
    },
}

/// How the positives of one part are judged: each user who has any is ranked all items but those that are masked for that user
/// (training; in the test also validation). The items of the K highest scores are judged, K the largest cutoff of the metrics;
/// of equal scores the smaller item comes first. Where fewer than K items are not masked the list is shorter.
///
/// A masked item is never relevant, even where it is judged. A user who has no relevant item is not ranked, counts in no mean
/// and is counted ([`Rankings::n_left_out`]).
///
/// Users are ranked in blocks, each of which can be ranked by another thread: what comes out is the same.
///
/// ```
/// use autolossgen_recsys::{FullRanking, Positives};
/// let train = Positives::new(2, 4, &[0, 1], &[3, 0]);
/// let test = Positives::new(2, 4, &[0, 1], &[1, 2]);
/// let ranking = FullRanking::new(&test, &train, &["recall@2".parse().unwrap()]).unwrap();
/// // Every user has the scores 0, 1, 2, 3.
/// let scores = |_: &[u32], scores: &mut [f32]| scores.iter_mut().enumerate().for_each(|(i, x)| *x = (i % 4) as f32);
/// let found = ranking.rank(&scores).unwrap();
/// assert_eq!((found.list(0), found.list(1)), (&[2, 1][..], &[3, 2][..]));
/// assert_eq!(found.mean("recall@2".parse().unwrap()), Some(1.0));
/// ```
#[derive(Clone, Debug)]
pub struct FullRanking<'a> {
    judged: &'a Positives,
    masked: &'a Positives,
    metrics: Vec<MetricAt>,
    /// Those with a relevant item, ascending.
    users: Vec<u32>,
}

impl<'a> FullRanking<'a> {
    /// Of the positives of a part, `judged`, without those of `masked`, by `metrics`, of which equal ones count once.
    ///
    /// # Errors
    /// No metric, and a cutoff above the number of items.
    ///
    /// # Panics
    /// When `judged` and `masked` differ in their numbers of users or of items.
    pub fn new(judged: &'a Positives, masked: &'a Positives, metrics: &[MetricAt]) -> Result<Self, RankingError> {
        assert_eq!(judged.shape(), masked.shape(), "judged and masked positives differ in their users or items");
        let (n_items, metrics) = (judged.n_items(), distinct(metrics));
        let longest = metrics.iter().copied().max_by_key(|metric| metric.cutoff()).ok_or(RankingError::NoMetric)?;
        if longest.cutoff() > n_items {
            return Err(RankingError::Cutoff { metric: longest, n_items });
        }
        let mut ranking = Self { judged, masked, metrics, users: Vec::new() };
        ranking.users = (0..judged.n_users() as u32).filter(|&user| ranking.n_relevant(user) > 0).collect();
        Ok(ranking)
    }

    /// The metrics, in the order in which they were given.
    pub fn metrics(&self) -> &[MetricAt] {
        &self.metrics
    }

    /// The users who are ranked, ascending.
    pub fn users(&self) -> &[u32] {
        &self.users
    }

    /// Number of blocks of users.
    pub fn n_blocks(&self) -> usize {
        self.users.len().div_ceil(BLOCK)
    }

    /// Ranks one block by the scores of `scorer`. `scores` is scratch memory, for the next block of any ranking too.
    ///
    /// # Errors
    /// A score of an item that is not masked is NaN; the first is named.
    ///
    /// # Panics
    /// When there is no such block.
    pub fn block(
        &self,
        block: usize,
        scorer: &(impl Scorer + ?Sized),
        scores: &mut Vec<f32>,
    ) -> Result<RankedBlock, RankingError> {
        let users = self.users.chunks(BLOCK).nth(block).expect("there is such a block");
        let n_items = self.judged.n_items();
        scores.resize(users.len() * n_items, 0.0);
        scorer.score(users, scores);
        let (mut top, mut ranked) = (Top::new(self.longest()), RankedBlock::default());
        for (&user, scores) in users.iter().zip(scores.chunks_exact(n_items)) {
            let failed = |NotANumber(item)| RankingError::Score { user, item };
            let start = ranked.items.len();
            top.select(scores, self.masked.of_user(user), &mut ranked.items).map_err(failed)?;
            self.judge(user, &ranked.items[start..], &mut ranked.values);
            ranked.lengths.push(ranked.items.len() - start);
        }
        Ok(ranked)
    }

    /// Joins all blocks, which come in their order.
    ///
    /// # Errors
    /// That of the first block which has one.
    ///
    /// # Panics
    /// When the blocks are not those of this ranking.
    pub fn gather(
        &self,
        blocks: impl IntoIterator<Item = Result<RankedBlock, RankingError>>,
    ) -> Result<Rankings, RankingError> {
        let n_left_out = self.judged.n_users() - self.users.len();
        let mut rankings = Rankings::new(self.judged.n_items(), self.metrics.clone(), n_left_out);
        for block in blocks {
            rankings.append(block?);
        }
        rankings.finish(self.users.clone());
        Ok(rankings)
    }

    /// Ranks block after block on this thread.
    ///
    /// # Errors
    /// As [`block`](Self::block).
    pub fn rank(&self, scorer: &(impl Scorer + ?Sized)) -> Result<Rankings, RankingError> {
        let mut scores = Vec::new();
        self.gather((0..self.n_blocks()).map(|block| self.block(block, scorer, &mut scores)))
    }

    /// K, the largest cutoff.
    fn longest(&self) -> usize {
        self.metrics.iter().map(|metric| metric.cutoff()).max().expect("there is a metric")
    }

    fn n_relevant(&self, user: u32) -> usize {
        let judged = self.judged.of_user(user);
        judged.iter().filter(|&&item| !self.masked.contains(user, item)).count()
    }

    /// Appends the value of each metric.
    fn judge(&self, user: u32, list: &[u32], values: &mut Vec<f64>) {
        let hits: Vec<bool> = list.iter().map(|&item| self.judged.contains(user, item)).collect();
        let n_relevant = self.n_relevant(user);
        let value = |metric: &MetricAt| metric.evaluate(&hits, n_relevant).expect("who is ranked has a relevant item");
        values.extend(self.metrics.iter().map(value));
    }
}

fn distinct(metrics: &[MetricAt]) -> Vec<MetricAt> {
    let is_first = |&(number, metric): &(usize, &MetricAt)| !metrics[..number].contains(metric);
    metrics.iter().enumerate().filter(is_first).map(|(_, &metric)| metric).collect()
}
