//! Further divisions of training and validation, on which a choice is made among few.
//!
//! The best of many on one validation part is partly lucky there: what was best by chance on these rows is not on others. So the few best
//! are trained again where other rows of each user are held out, and the mean over these divisions chooses. The test part stays away.

use autolossgen_data::SplitKind;
use autolossgen_recsys::RankingData;

use crate::config::RankingConfig;

/// The seeds of the divisions, from each of which its training begins.
pub(super) fn seeds(config: &RankingConfig) -> impl Iterator<Item = u64> {
    (config.seed + 1..).take(config.selection.divisions)
}

/// The divisions. A split by time, whose validation is no random part, stays as it is: then they differ in their seed alone.
pub(super) fn divisions(data: &RankingData, config: &RankingConfig) -> Vec<RankingData> {
    let is_random = matches!(config.data.split, SplitKind::Ratio | SplitKind::Random);
    seeds(config).map(|seed| if is_random { data.redivided(seed) } else { data.clone() }).collect()
}
