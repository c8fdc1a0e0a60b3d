//! Sizes of data, and random rows of each, shared by the benches.

use autolossgen_recsys::random::{below, shuffle, stream, uniform};
use autolossgen_recsys::{EpochPlan, Interactions};

/// Embedding size.
pub const DIMENSION: usize = 64;
/// Rows of a mini-batch.
pub const BATCH: usize = 128;

/// Users, items and training rows, under a name that states them.
pub struct Shape {
    pub name: &'static str,
    pub n_users: usize,
    pub n_items: usize,
    pub n_rows: usize,
    /// How flat the popularity of users is; see [`Popularity`].
    pub user_offset: f64,
}

/// MovieLens 100K under positive leave-one-out.
pub const ML_100K: Shape =
    Shape { name: "ml100k_943x1682_94638_rows", n_users: 943, n_items: 1682, n_rows: 94_638, user_offset: 50.0 };

/// Amazon Electronics under positive leave-one-out.
pub const ELECTRONICS: Shape = Shape {
    name: "electronics_192403x63001_1232055_rows",
    n_users: 192_403,
    n_items: 63_001,
    n_rows: 1_232_055,
    user_offset: 500.0,
};

/// Twenty million rows over ten times the ids of Electronics.
pub const TWENTY_MILLION: Shape = Shape {
    name: "large_1924030x630010_20000000_rows",
    n_users: 1_924_030,
    n_items: 630_010,
    n_rows: 20_000_000,
    user_offset: 500.0,
};

/// The most popular item has about the share of the rows that it has in real data: 0.6% in MovieLens 100K.
const ITEM_OFFSET: f64 = 50.0;

impl Shape {
    /// Random rows in random order: users and items by their popularity, labels 0 and 1 alike.
    pub fn rows(&self) -> Interactions {
        let (users, items) =
            (Popularity::new(self.n_users, self.user_offset), Popularity::new(self.n_items, ITEM_OFFSET));
        let mut rng = stream(42, "rows", 0);
        let mut column =
            |popularity: &Popularity| (0..self.n_rows).map(|_| popularity.id(uniform(&mut rng))).collect::<Vec<u32>>();
        let (users, items) = (column(&users), column(&items));
        let labels = (0..self.n_rows).map(|_| below(&mut rng, 2) as f32).collect();
        Interactions::new(users, items, labels)
    }

    /// The batches of `rows` in the order that they have.
    pub fn in_order(&self, rows: &Interactions) -> EpochPlan {
        EpochPlan::in_order(rows, self.n_users, self.n_items, BATCH)
    }
}

/// Zipf and Mandelbrot's law: the id of rank r = 0, 1, … is drawn in proportion to 1 / (r + offset), about. Ranks are dealt
/// to ids at random, so that popular rows of a table do not lie side by side.
struct Popularity {
    ids: Vec<u32>,
    offset: f64,
}

impl Popularity {
    fn new(n_ids: usize, offset: f64) -> Self {
        let mut ids: Vec<u32> = (0..n_ids as u32).collect();
        shuffle(&mut stream(42, "ranks", n_ids as u64), &mut ids);
        Self { ids, offset }
    }

    /// The id at `u` in [0, 1) of the distribution function ln((r + offset) / offset) / ln((n + offset) / offset).
    fn id(&self, u: f64) -> u32 {
        let spread = (self.ids.len() as f64 + self.offset) / self.offset;
        let rank = self.offset * (spread.powf(u) - 1.0);
        self.ids[(rank as usize).min(self.ids.len() - 1)]
    }
}
