//! The tables and figures that can be reproduced.

use autolossgen::recsys::Task;
use autolossgen::settings::{Choice, choice};
use autolossgen::{Base, Preset};

choice! {
    /// A table or figure of the paper
    pub enum Exhibit {
        /// Table 3: basic statistics of the datasets
        Table3 = "table3",
        /// Table 4: the loss generated for each combination of model, data and task
        Table4 = "table4",
        /// Table 5: performance on the classification task, on test
        Table5 = "table5",
        /// Table 6: performance on the regression task, on test
        Table6 = "table6",
        /// Table 7: losses sampled in one time, with and without the proxy test
        Table7 = "table7",
        /// Table 8: losses that pass the check, on test
        Table8 = "table8",
        /// Figure 5: the recommender during a search, with and without reward filtering
        Fig5 = "fig5",
        /// Figure 6: losses sampled over time, with and without the proxy test
        Fig6 = "fig6",
    }
}

impl Exhibit {
    /// Its title.
    pub fn title(self) -> &'static str {
        self.about()
    }

    /// The preset that it starts from: the settings of the authors' code where losses are trained to convergence, because
    /// under them the paper's numbers for matrix factorisation on the classification task come out (those of the
    /// multi-layer perceptron roughly, those of regression not); the paper's text where something is searched for.
    pub fn preset(self) -> Preset {
        match self {
            Exhibit::Table5 | Exhibit::Table6 | Exhibit::Table8 => Preset::Reference,
            _ => Preset::Paper,
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
        Base { preset: self.preset(), settings: self.settings(), ..Base::default() }
    }

    /// Settings that it sets itself, whatever the user's are: dotted keys.
    pub fn fixed(self) -> &'static [&'static str] {
        match self {
            Exhibit::Table7 | Exhibit::Fig6 => &["search.proxy_test"],
            // The paper's protocol, in which every loss has the same settings.
            Exhibit::Table4 | Exhibit::Table5 | Exhibit::Table6 => &["test.protocol"],
            Exhibit::Table8 => &["test.protocol", "stop.falling", "stop.patience", "stop.min_epochs"],
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
    use autolossgen::{Config, preset_text};

    #[test]
    fn names_are_found_or_suggested() {
        for &exhibit in Exhibit::ALL {
            assert_eq!(Exhibit::parse(exhibit.name()), Ok(exhibit));
        }
        assert!(Exhibit::parse("tabel5").unwrap_err().to_string().ends_with("(did you mean 'table5'?)"));
        assert!(Exhibit::parse("everything").unwrap_err().to_string().starts_with("use table3, table4, table5"));
        assert_eq!(Exhibit::Table8.title(), "Table 8: losses that pass the check, on test");
    }

    #[test]
    fn settings_are_valid_over_their_preset() {
        let preset = preset_text(Preset::Default, Base::default().models);
        for exhibit in Exhibit::ALL {
            Config::layer(&exhibit.base(), None, &[]).unwrap();
            for key in exhibit.fixed() {
                let (section, name) = key.split_once('.').unwrap();
                let section = preset.split(&format!("\n[{section}]\n")).nth(1).unwrap().split("\n[").next().unwrap();
                assert!(section.contains(&format!("\n{name} = ")), "{key}");
            }
        }
    }
}
