mod checks;
mod golden;
