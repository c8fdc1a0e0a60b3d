//! RecBole: a mixin that replaces the loss of a model that is trained on pairs, and an example of its use.

use super::super::page::class_name;
use super::framework::TORCH;
use crate::RankingLoss;

pub(super) fn code(loss: &RankingLoss, name: &str) -> String {
    let mixin_name = class_name(name, "Mixin");
    let mixin = format!(
        r#"class {mixin_name}:
    """Trains a model of RecBole with `{name}`: put it before the model among the base classes.

    A class says in `score` what the model's score is. The number of negatives is `sample_num` of the setting
    `train_neg_sample_args`.
    """

    input_type = InputType.PAIRWISE

    def __init__(self, config, dataset):
        super().__init__(config, dataset)
        self.n_negatives = max(int(config["train_neg_sample_args"]["sample_num"]), 1)

    def score(self, user, item):
        """The score of each pair, of shape (n,)."""
        raise NotImplementedError

    def calculate_loss(self, interaction):
        user, item = interaction[self.USER_ID], interaction[self.ITEM_ID]
        # RecBole repeats the pairs of a batch once a negative, one after the other.
        rows = len(user) // self.n_negatives
        neg = self.score(user, interaction[self.NEG_ITEM_ID]).view(self.n_negatives, rows).T
        return {name}(self.score(user[:rows], item[:rows]), neg)"#
    );
    let model = format!(
        r#"class {model}({mixin_name}, BPR):
    """An example: the matrix factorisation of RecBole, trained with `{name}`."""

    def score(self, user, item):
        user, item = self.forward(user, item)
        return (user * item).sum(dim=1)"#,
        model = class_name(name, "Model"),
    );
    let imports = "from recbole.model.general_recommender import BPR\nfrom recbole.utils import InputType";
    TORCH.module(loss, name, [mixin, model]).replacen("from torch import nn", imports, 1)
}
