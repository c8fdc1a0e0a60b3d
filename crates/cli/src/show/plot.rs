//! Small curves for people, in braille: each character holds two by four dots.

/// Characters a curve is wide and high.
const WIDTH: usize = 34;
const HEIGHT: usize = 6;

/// Bit of each dot of a braille character, column by column from the top.
const DOTS: [[u32; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

/// The lines of a curve from left to right, evenly spaced, and of the height 0. NaN leaves a gap.
pub fn plot(values: &[f64]) -> Vec<String> {
    let (low, high) = range(values);
    let (columns, rows) = (2 * WIDTH, 4 * HEIGHT);
    let row = |value: f64| ((high - value) / (high - low) * (rows - 1) as f64).round() as usize;
    let value = |column: usize| values[column * (values.len() - 1) / (columns - 1)];
    let mut cells = [[0x2800_u32; WIDTH]; HEIGHT];
    let mut dot = |column: usize, row: usize| cells[row / 4][column / 2] |= DOTS[column % 2][row % 4];
    for column in 0..columns {
        if column % 4 == 0 {
            dot(column, row(0.0));
        }
        let here = value(column);
        if here.is_nan() {
            continue;
        }
        // Steps of more than a dot are filled, so that a steep curve stays whole.
        let before = if column > 0 && !value(column - 1).is_nan() { row(value(column - 1)) } else { row(here) };
        let (from, to) = (row(here).min(before), row(here).max(before));
        (from..=to).for_each(|row| dot(column, row));
    }
    cells.iter().map(|line| line.iter().filter_map(|&cell| char::from_u32(cell)).collect()).collect()
}

/// The lowest and the highest value, with 0 between them; never the same.
pub fn range(values: &[f64]) -> (f64, f64) {
    let (low, high) = values.iter().fold((0.0_f64, 0.0_f64), |(low, high), &value| (low.min(value), high.max(value)));
    if low < high { (low, high) } else { (low, 1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rising_line_goes_from_the_lower_left_to_the_upper_right() {
        let values: Vec<f64> = (0..200).map(f64::from).collect();
        let lines = plot(&values);
        assert!(lines.len() == HEIGHT && lines.iter().all(|line| line.chars().count() == WIDTH), "{lines:?}");
        let dots = |line: usize, column: usize| lines[line].chars().nth(column).unwrap() as u32 - 0x2800;
        assert!(dots(0, WIDTH - 1) > 0 && dots(HEIGHT - 1, 0) > 0 && dots(0, 0) == 0, "{lines:?}");
    }

    #[test]
    fn nothing_but_zero_is_a_line() {
        assert_eq!(range(&[0.0, 0.0]), (0.0, 1.0));
        assert_eq!(plot(&[0.0; 10]).concat().chars().filter(|&cell| cell != '\u{2800}').count(), WIDTH);
    }
}
