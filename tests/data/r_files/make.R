# Makes the small files of R that test_r_files.py reads: Rscript make.R in this folder. Needs no packages.
small <- data.frame(
  id = 1:4,
  whole = c(1L, NA, 3L, 4L),
  x = c(1.5, NA, NaN, Inf),
  text = c("a", NA, "NA", "\u00e9t\u00e9"),
  grade = factor(c("lo", "hi", NA, "lo"), levels = c("lo", "mid", "hi")),
  rank = factor(c("b", "a", "b", NA), levels = c("b", "a"), ordered = TRUE),
  gap = c(TRUE, NA, FALSE, TRUE),
  yes = c(TRUE, FALSE, TRUE, TRUE),
  day = as.Date(c("2020-01-01", NA, "1950-05-05", "2021-02-03")),
  time = as.POSIXct(c("2020-01-01 12:00:00", "2020-06-01 12:00:00", NA, "2021-01-01 00:00:01"), tz = "Europe/Berlin")
)
small$lasts <- as.difftime(c(1, 2, 3, NA), units = "mins")
small$z <- scale(c(1, 2, 3, 4))
small$m <- matrix(1:8, 4)
small$parts <- I(list(1, 2, 3, 4))
small$sex <- structure(c(1, 2, 9, 1), labels = c(Male = 1, Female = 2, Refused = 9), na_values = 9, label = "Sex",
                       class = c("haven_labelled_spss", "haven_labelled", "vctrs_vctr", "double"))
saveRDS(small, "small.rds")
saveRDS(small, "small_ascii.rds", ascii = TRUE)
saveRDS(small, "small_xz.rds", compress = "xz")
saveRDS(small, "small_bzip2.rds", compress = "bzip2")
saveRDS(small, "small_plain.rds", compress = FALSE)
saveRDS(small, "small_v2.rds", version = 2)
native <- file("small_native.rds", "wb"); serialize(small, native, xdr = FALSE); close(native)

tibble <- structure(list(school = c("north", "south"), n = c(10L, 12L)), class = c("tbl_df", "tbl", "data.frame"),
                    row.names = c(NA, -2L))
cars <- head(mtcars[, 1:3], 3)
several <- list(first = cars, second = list(inner = tibble), 7)
twice <- compiler::cmpfun(function(x) { y <- x; for (i in 1:3) y <- y * i; y })
model <- lm(mpg ~ wt, mtcars)
place <- new.env(); place$a <- 1
save(twice, model, place, cars, tibble, several, file = "many.RData", compress = "xz")
save(tibble, file = "one.rda")
save(tibble, file = "one_ascii.RData", ascii = TRUE)
saveRDS(cars, "row_names.rds")
saveRDS(list(1, 2), "no_frame.rds")
saveRDS(data.frame(a = 1:5, b = as.character(1:5)), "short_forms.rds")
saveRDS(matrix(1:6, 2, dimnames = list(NULL, c("a", "b", "c"))), "matrix.rds")
saveRDS(iris[0, ], "no_rows.rds")
