//! The tables and figures that can be reproduced.

use autolossgen_formula::nearest;
use autolossgen_recsys::Task;

use crate::Base;

/// A table or figure of the paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exhibit {
    /// Basic statistics of the datasets
    Table3,
    /// The generated losses
    Table4,
    /// Performance on the classification task
    Table5,
    /// Performance on the regression task
    Table6,
    /// Ablation of the proxy test: losses sampled in one time
    Table7,
    /// Every loss of a search that passed the check
    Table8,
    /// The recommender during a search, with and without reward filtering
    Fig5,
    /// Losses sampled over time, with and without the proxy test
    Fig6,
}

impl Exhibit {
    /// All of them, in the paper's order.
    pub const ALL: [Exhibit; 8] = [
        Exhibit::Table3,
        Exhibit::Table4,
        Exhibit::Table5,
        Exhibit::Table6,
        Exhibit::Table7,
        Exhibit::Table8,
        Exhibit::Fig5,
        Exhibit::Fig6,
    ];

    /// Name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Exhibit::Table3 => "table3",
            Exhibit::Table4 => "table4",
            Exhibit::Table5 => "table5",
            Exhibit::Table6 => "table6",
            Exhibit::Table7 => "table7",
            Exhibit::Table8 => "table8",
            Exhibit::Fig5 => "fig5",
            Exhibit::Fig6 => "fig6",
        }
    }

    /// What it is.
    pub fn title(self) -> &'static str {
        match self {
            Exhibit::Table3 => "Table 3: basic statistics of the datasets",
            Exhibit::Table4 => "Table 4: the loss generated for each combination of model, data and task",
            Exhibit::Table5 => "Table 5: performance on the classification task, on test",
            Exhibit::Table6 => "Table 6: performance on the regression task, on test",
            Exhibit::Table7 => "Table 7: losses sampled in one time, with and without the proxy test",
            Exhibit::Table8 => "Table 8: losses that pass the check, on test",
            Exhibit::Fig5 => "Figure 5: the recommender during a search, with and without reward filtering",
            Exhibit::Fig6 => "Figure 6: losses sampled over time, with and without the proxy test",
        }
    }

    /// The one of this name.
    ///
    /// # Errors
    /// An unknown name, in one sentence with the nearest or all of them.
    pub fn parse(name: &str) -> Result<Self, String> {
        let names = || Self::ALL.iter().map(|exhibit| exhibit.name());
        Self::ALL.into_iter().find(|exhibit| exhibit.name() == name).ok_or_else(|| match nearest(name, names()) {
            Some(near) => format!("no table or figure is called '{name}'; did you mean '{near}'?"),
            None => {
                format!("no table or figure is called '{name}': use one of {}", names().collect::<Vec<_>>().join(", "))
            }
        })
    }

    /// The preset that it starts from: the settings of the authors' code where losses are trained to convergence, because
    /// under them the paper's numbers for matrix factorisation on the classification task come out (those of the
    /// multi-layer perceptron roughly, those of regression not); the paper's text where something is searched for.
    pub fn preset(self) -> &'static str {
        match self {
            Exhibit::Table5 | Exhibit::Table6 | Exhibit::Table8 => "reference",
            _ => "paper",
        }
    }

    /// The tasks of its combinations.
    pub fn tasks(self) -> &'static [Task] {
        match self {
            Exhibit::Table4 => &[Task::Classification, Task::Regression],
            Exhibit::Table6 => &[Task::Regression],
            _ => &[Task::Classification],
        }
    }

    /// Settings laid over the preset, and under those of the user: key and value.
    pub fn settings(self) -> &'static [(&'static str, &'static str)] {
        match self {
            // Only the time ends a search whose speed is measured.
            Exhibit::Table7 | Exhibit::Fig6 => {
                &[("search.time", "60.0"), ("search.samples", "0"), ("search.nothing_accepted", "0")]
            }
            // Every loss that passes the check, which is the paper's, is trained to convergence, twice.
            Exhibit::Table8 => &[("search.samples", "2000"), ("check.threshold", "0.9"), ("check.dead_zone", "0.0")],
            // A fresh recommender in the place of one that collapsed would hide the collapse.
            Exhibit::Fig5 => &[("search.converged_after", "0"), ("search.nothing_accepted", "0")],
            _ => &[],
        }
    }

    /// What lies under the file and the flags of the user.
    pub fn base(self) -> Base<'static> {
        Base { preset: self.preset(), settings: self.settings() }
    }

    /// Settings that it sets itself, whatever the user's are: dotted keys.
    pub fn fixed(self) -> &'static [&'static str] {
        match self {
            Exhibit::Table7 | Exhibit::Fig6 => &["search.proxy_test"],
            // The paper's protocol, in which every loss has the same settings.
            Exhibit::Table4 | Exhibit::Table5 | Exhibit::Table6 => &["test.protocol"],
            Exhibit::Table8 => &["test.protocol", "test.falling", "test.patience", "test.min_epochs"],
            Exhibit::Fig5 => &["search.reward_filter"],
            _ => &[],
        }
    }

    /// Whether it searches for as many samples as asked for.
    pub fn takes_samples(self) -> bool {
        matches!(self, Exhibit::Table4 | Exhibit::Table8 | Exhibit::Fig5)
    }

    /// Whether it searches for as long as asked for.
    pub fn takes_time(self) -> bool {
        matches!(self, Exhibit::Table7 | Exhibit::Fig6)
    }

    /// Whether it takes further losses.
    pub fn takes_losses(self) -> bool {
        matches!(self, Exhibit::Table5 | Exhibit::Table6)
    }

    /// Whether it trains or searches at all, and so has a model and seeds.
    pub fn trains(self) -> bool {
        self != Exhibit::Table3
    }

    /// Whether it is drawn.
    pub fn is_figure(self) -> bool {
        matches!(self, Exhibit::Fig5 | Exhibit::Fig6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;

    #[test]
    fn names_are_found_or_suggested() {
        for exhibit in Exhibit::ALL {
            assert_eq!(Exhibit::parse(exhibit.name()), Ok(exhibit));
        }
        assert_eq!(
            Exhibit::parse("tabel5").unwrap_err(),
            "no table or figure is called 'tabel5'; did you mean 'table5'?"
        );
        assert!(Exhibit::parse("everything").unwrap_err().contains("use one of table3, table4"));
    }

    #[test]
    fn settings_are_valid_over_their_preset() {
        for exhibit in Exhibit::ALL {
            Config::layer_over(&exhibit.base(), None, None, &[]).unwrap();
            for key in exhibit.fixed() {
                assert!(
                    crate::preset_text("default")
                        .unwrap()
                        .contains(&format!("\n{} = ", &key[1 + key.find('.').unwrap()..]))
                );
            }
        }
    }
}
