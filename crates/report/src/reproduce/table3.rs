//! Table 3: counts of the data.

use super::reproduction::{Reproduction, Row};
use super::{ReproduceError, Request};
use autolossgen::Config;

pub(super) fn rows<E>(
    request: &Request<'_, E>,
    case: &Config,
    report: &mut Reproduction,
) -> Result<(), ReproduceError<E>> {
    let dataset = request.loaded(case)?;
    let place = report.place(&dataset, case);
    let (info, known) = (&place.info, place.known);
    let counts = [
        ("users", info.users as f64, known.map(|known| known.users as f64)),
        ("items", info.items as f64, known.map(|known| known.items as f64)),
        ("positive rows", info.positive as f64, known.map(|known| known.positive as f64)),
        ("negative rows", info.negative as f64, known.map(|known| known.negative as f64)),
        ("density", info.density, known.map(|known| known.density)),
    ];
    report.rows.extend(counts.map(|(metric, ours, paper)| {
        let row = Row::new(&place, "", metric).paper(paper).ours([(case.seed, ours)]);
        // Counting needs no model, task, seed or split.
        let (model, task, seeds, columns) = (String::new(), String::new(), Vec::new(), Vec::new());
        Row { model, task, seeds, columns, is_count: metric != "density", ..row }
    }));
    Ok(())
}
