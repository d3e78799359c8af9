//! Pieces that several views are made of.

pub mod course;
pub mod editor;
pub mod exercise;
pub mod experiments;
pub mod figure;
pub mod findings;
pub mod fold;
pub mod form;
pub mod found;
pub mod glance;
pub mod keep;
pub mod later;
pub mod levels;
pub mod machine;
pub mod measure;
pub mod overview;
pub mod quiz;
pub mod shell;
pub mod size;
pub mod slider;
pub mod stage;
pub mod studies;
pub mod table;
pub mod topology;
