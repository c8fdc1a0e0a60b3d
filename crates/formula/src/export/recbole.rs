//! RecBole: a mixin that replaces the loss of a model, and an example of its use.

use crate::Loss;

use super::page::{Page, class_name, module};
use super::pytorch::{functions, terms};

pub(super) const PAGE: Page = Page { words: &["torch", "InputType", "BPR"], code };

fn code(loss: &Loss, name: &str) -> String {
    let body = terms(loss);
    let (mixin, model) = (class_name(name, "Mixin"), class_name(name, "Bpr"));
    let mixin = format!(
        r#"class {mixin}:
    """Trains a model of RecBole with `{name}`: put it before the model among the base classes.

    A class says in `logit` what the model's logit is.
    """

    input_type = InputType.POINTWISE

    def __init__(self, config, dataset):
        super().__init__(config, dataset)
        self.LABEL = config["LABEL_FIELD"]

    def logit(self, interaction):
        """The score before the sigmoid, of shape (n,)."""
        raise NotImplementedError

    def calculate_loss(self, interaction):
        return {name}(self.logit(interaction), interaction[self.LABEL])"#
    );
    let model = format!(
        r#"class {model}({mixin_name}, BPR):
    """An example: the matrix factorisation of RecBole, trained on labelled rows with `{name}`."""

    def logit(self, interaction):
        user, item = self.forward(interaction[self.USER_ID], interaction[self.ITEM_ID])
        return (user * item).sum(dim=1)"#,
        mixin_name = class_name(name, "Mixin"),
    );
    let title = format!("The loss `{name}` for RecBole, as a mixin for its models.");
    let imports =
        "import torch\nfrom recbole.model.general_recommender import BPR\nfrom recbole.utils import InputType";
    let [single, function] = functions(loss, &body, name);
    module(loss, &body, &title, &[imports], &[single, function, mixin, model])
}
