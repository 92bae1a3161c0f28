-- Run once by the image when the database is made: what a source needs (README, "Preparing Oracle").
ALTER DATABASE ADD SUPPLEMENTAL LOG DATA;
