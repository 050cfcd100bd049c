# Makes unbalanced.json: what R says about unbalanced.csv (made up: unbalanced, crossed, weighted).
# Rscript unbalanced.R, in this folder. lme4 1.1-31, lmerTest 3.1-3, pbkrtest 0.5-2, emmeans 1.8.4.
suppressMessages({library(lme4); library(lmerTest); library(emmeans); library(jsonlite)})
emm_options(lmerTest.limit = 1e5, pbkrtest.limit = 1e5, msg.interaction = FALSE)
d <- read.csv("unbalanced.csv", stringsAsFactors = TRUE)
d$g <- factor(d$g); d$h <- factor(d$h); d$of <- factor(d$o, ordered = TRUE)
holes <- d[!(d$A == "c" & d$B == "v"), ]
control <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10))
mixed <- function(f, data = d, ...) suppressMessages(lmer(as.formula(f), data, control = control, ...))

tests <- list()
add <- function(f, data, name) for (type in c("3", "2")) for (ddf in c("Satterthwaite", "Kenward-Roger")) {
  a <- as.data.frame(suppressMessages(anova(mixed(f, data), type = type, ddf = ddf)))
  tests[[length(tests) + 1]] <<- list(formula = f, data = name, type = as.integer(type), ddf = tolower(ddf),
    term = I(rownames(a)), num_df = I(a$NumDF), den_df = I(a$DenDF), statistic = I(a$`F value`),
    p_value = I(a$`Pr(>F)`), sum_sq = I(a$`Sum Sq`))
}
for (f in c("y ~ A * B + x + (1 | g)", "y ~ A * x + B + (1 | g) + (1 | h)", "y ~ A * B * x + (1 | g)",
            "y ~ x + I(x^2) + A + (1 | h)", "y ~ 0 + A:B + x + (1 | g)", "y ~ of * A + (1 | g)"))
  add(f, d, "all")
add("y ~ A * B + x + (1 | g)", holes, "holes")

frame <- function(s) { s <- as.data.frame(s); s[] <- lapply(s, function(v) if (is.factor(v)) as.character(v) else v); s }
means <- list()
keep <- function(name, e, adjust = "tukey") means[[length(means) + 1]] <<- list(name = name,
  means = frame(summary(e, infer = c(TRUE, FALSE))),
  contrasts = frame(summary(pairs(e, adjust = adjust), infer = c(TRUE, TRUE))))
m1 <- mixed("y ~ A * B + x + (1 | g)"); m2 <- mixed("y ~ A * x + z + I(x^2) + (1 | g) + (1 | h)")
o <- lm(y ~ A * B + log(x + 20), d, weights = w)
for (ddf in c("satterthwaite", "kenward-roger")) {
  keep(paste("A tukey", ddf), emmeans(m1, "A", lmer.df = ddf))
  keep(paste("A by B holm", ddf), emmeans(m1, "A", by = "B", lmer.df = ddf), "holm")
  keep(paste("A averaged bonferroni", ddf), emmeans(m2, "A", lmer.df = ddf), "bonferroni")
  keep(paste("A by x", ddf), emmeans(m2, "A", by = "x", at = list(x = c(1, 5)), lmer.df = ddf))
  keep(paste("holes", ddf), emmeans(mixed("y ~ A * B + x + (1 | g)", holes), "A", by = "B", lmer.df = ddf))
}
keep("ols cells", emmeans(o, ~ A * B)); keep("ols none", emmeans(o, "A"), "none")

L <- rbind(c(0, 1, -1, 0, 0, 0, 0), c(0, 0, 0, 1, 2, .5, 0))
contrasts <- lapply(c("Satterthwaite", "Kenward-Roger"), function(ddf) list(ddf = tolower(ddf),
  rows = contest(m1, L, joint = FALSE, ddf = ddf), joint = contest(m1, L, ddf = ddf)))

# Predictions; variances from V itself.
m <- mixed("y ~ A * scale(x) + (x | g) + (1 | h)", weights = d$w)
new <- data.frame(A = factor(c("a", "b", "c")), x = c(0, 2, 5), g = factor(c(1, 5, 99)), h = factor(c(1, 3, 2)))
X <- getME(m, "X"); Z <- getME(m, "Z"); D <- tcrossprod(getME(m, "Lambda")); s <- sigma(m)
Vi <- solve(Z %*% D %*% t(Z) + Diagonal(x = 1 / d$w)); P <- solve(t(X) %*% Vi %*% X)
z <- (new$x - mean(d$x)) / sd(d$x)
Xn <- cbind(1, new$A == "b", new$A == "c", z, (new$A == "b") * z, (new$A == "c") * z)
Zn <- matrix(0, 3, ncol(Z))
for (i in 1:3) {
  at <- match(as.character(new$g[i]), levels(d$g))
  if (!is.na(at)) Zn[i, 2 * at - 1:0] <- c(1, new$x[i])
  Zn[i, 24 + match(as.character(new$h[i]), levels(d$h))] <- 1
}
C <- D - D %*% t(Z) %*% Vi %*% Z %*% D; left <- Xn - Zn %*% D %*% t(Z) %*% Vi %*% X
v <- s^2 * (diag(as.matrix(Zn %*% C %*% t(Zn))) + diag(as.matrix(left %*% P %*% t(left))))
v[3] <- v[3] + c(1, 5) %*% VarCorr(m)$g %*% c(1, 5)
vf <- diag(as.matrix(Xn %*% (s^2 * P) %*% t(Xn)))
pop <- sapply(new$x, function(x) c(1, x) %*% VarCorr(m)$g %*% c(1, x)) + VarCorr(m)$h[1] + s^2
op <- lm(y ~ A * poly(x, 2), d)
prediction <- list(random = unname(predict(m, new, allow.new.levels = TRUE)), fixed = unname(predict(m, new, re.form = NA)),
  se_random = sqrt(v), se_fixed = sqrt(vf), se_population = sqrt(vf + pop),
  ols = frame(predict(op, new, interval = "prediction")), ols_confidence = frame(predict(op, new, interval = "confidence")))

without <- function(f, by, reml) {
  all <- mixed(f, REML = reml)
  lapply(levels(d[[by]]), function(l) {
    rest <- droplevels(d[d[[by]] != l, ]); one <- mixed(f, rest, REML = reml)
    b <- fixef(one) - fixef(all)
    sd <- function(m) as.data.frame(VarCorr(m), order = "lower.tri")$sdcor
    list(level = l, cooksd = as.numeric(t(b) %*% solve(as.matrix(vcov(all))) %*% b) / length(b), beta = I(unname(b)),
      variances = I(sd(one) - sd(all)))
  })
}
influence <- list(
  list(formula = "y ~ A * B + x + (1 | g)", by = "g", reml = TRUE, groups = without("y ~ A * B + x + (1 | g)", "g", TRUE)),
  list(formula = "y ~ A + x + (x | g)", by = "g", reml = FALSE, groups = without("y ~ A + x + (x | g)", "g", FALSE)),
  list(formula = "y ~ x + (1 | g) + (1 | h)", by = "h", reml = TRUE, groups = without("y ~ x + (1 | g) + (1 | h)", "h", TRUE)),
  list(formula = "y ~ x + (1 | g)", by = "h", reml = TRUE, groups = without("y ~ x + (1 | g)", "h", TRUE)))

rows <- mixed("y ~ A + x + (x | g) + (1 | h)", weights = d$w)
tested <- list(lmer(y ~ A + x + (x | g) + (1 | h), d, control = control), lmer(y ~ A + x + (1 | g), d, weights = w, control = control))
random <- lapply(tested, function(m) {
  a <- as.data.frame(ranova(m))
  list(npar = I(a$npar), logLik = I(a$logLik), chisq = I(a$LRT[-1]), df = I(a$Df[-1]), p_value = I(a$`Pr(>Chisq)`[-1]))
})
ladder <- as.data.frame(anova(mixed("y ~ x + (1 | g)", REML = FALSE), mixed("y ~ x + A + (1 | g)", REML = FALSE),
  mixed("y ~ x + A + (x | g)", REML = FALSE)))

write_json(list(anova = tests, emmeans = means, contrasts = contrasts, prediction = prediction, influence = influence,
  rows = list(cooksd = unname(cooks.distance(rows)), hat = unname(hatvalues(rows)),
    pearson = unname(residuals(rows, "pearson", scaled = TRUE))),
  ranova = random, ladder = list(chisq = ladder$Chisq[-1], df = ladder$Df[-1], p_value = ladder$`Pr(>Chisq)`[-1]),
  wald = frame(data.frame(param = rownames(confint(m1, method = "Wald", oldNames = FALSE)), confint(m1, method = "Wald", oldNames = FALSE)))),
  "unbalanced.json", digits = 10, auto_unbox = TRUE, na = "null", pretty = FALSE)
