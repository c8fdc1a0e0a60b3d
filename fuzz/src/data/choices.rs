//! Choices that the bytes of an input make.

/// Bytes, and behind their end numbers that follow from them.
pub struct Choices<'a> {
    rest: &'a [u8],
    state: u64,
}

impl<'a> Choices<'a> {
    pub fn new(input: &'a [u8]) -> Self {
        // FNV-1a, and never 0.
        let hash = |hash: u64, &byte: &u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Self { rest: input, state: input.iter().fold(0xcbf2_9ce4_8422_2325, hash) | 1 }
    }

    pub fn byte(&mut self) -> u8 {
        if let Some((&byte, rest)) = self.rest.split_first() {
            self.rest = rest;
            return byte;
        }
        // xorshift64.
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 32) as u8
    }

    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        let low = usize::from(self.byte());
        let value = if n > 256 { low << 8 | usize::from(self.byte()) } else { low };
        value % n
    }

    /// Seldom true: once in `n`.
    pub fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == n - 1
    }

    pub fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    pub fn number(&mut self) -> u64 {
        (0..8).fold(0, |number, _| number << 8 | u64::from(self.byte()))
    }

    /// What no choice has taken.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }
}
