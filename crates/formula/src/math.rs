//! exp, ln, sigmoid, tanh as plain loops that vectorise.
