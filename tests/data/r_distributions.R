# Makes r_distributions.json beside it: what R says of samples (hist, boxplot.stats, quantile, bw.nrd0) and pretty().
# Rscript r_distributions.R r_distributions.json
set.seed(3)
samples <- list(normal = rnorm(120), skewed = rexp(150)^2, whole = rpois(100, 40), half_equal = c(rep(5, 80), rnorm(30)),
                few = c(1, 2, 3.5, 9, 4, 4), large = 1e6 + rnorm(60) * 1e3, tiny = rnorm(57) * 1e-9, negative = -rexp(90))
describe <- function(x) {
  x <- signif(x, 8)
  h <- hist(x, breaks = "FD", plot = FALSE)
  b <- boxplot.stats(x)
  list(x = x, bars = nclass.FD(x), breaks = h$breaks, counts = h$counts, stats = b$stats, out = I(b$out),
       quantiles = unname(quantile(x)), bandwidth = bw.nrd0(x))
}
ranges <- lapply(1:120, function(i) {
  a <- signif(sort(rnorm(2) * 10^runif(1, -6, 6)), 6)
  n <- sample(1:40, 1)
  list(low = a[1], high = a[2], n = n, breaks = pretty(a, n))
})
jsonlite::write_json(list(samples = lapply(samples, describe), pretty = ranges), commandArgs(TRUE)[1], digits = 17, auto_unbox = TRUE)
