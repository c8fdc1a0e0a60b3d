//! Predictions as tab-separated text.

use std::io::{self, Write};

use super::Predictions;
use crate::write::field;

pub(super) fn write_header(file: &mut impl Write) -> io::Result<()> {
    writeln!(file, "loss\tseed\tpart\tuser\titem\tlabel\tlogit")
}

pub(super) fn write(file: &mut impl Write, predictions: &Predictions<'_>) -> io::Result<()> {
    let Predictions { loss, seed, user_ids, item_ids, .. } = predictions;
    for piece in predictions.pieces() {
        let ids = piece.users.iter().zip(piece.items);
        for ((&user, &item), (label, logit)) in ids.zip(piece.labels.iter().zip(piece.logits)) {
            let (user, item) = (field(&user_ids[user as usize]), field(&item_ids[item as usize]));
            // As Rust writes a number for programmers: the shortest that reads back, small and large ones with an exponent.
            writeln!(file, "{loss}\t{seed}\t{}\t{user}\t{item}\t{label}\t{logit:?}", piece.part)?;
        }
    }
    Ok(())
}
