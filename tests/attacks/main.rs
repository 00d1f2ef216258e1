//! What goes from one service to another and should not be believed there: one mutation each, beside a control.
mod holders;
mod peers;
mod tokens;
mod villains;
