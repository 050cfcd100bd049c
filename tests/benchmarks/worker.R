# Fit one benchmark again and again with lme4, timed: Rscript worker.R FORMULA REML CSV FACTORS...
# Every line on standard input asks for one fit, answered by one line of JSON.
suppressMessages(library(lme4))
argument <- commandArgs(TRUE)
formula <- as.formula(argument[1])
reml <- argument[2] == "TRUE"
data <- read.csv(argument[3])
for (name in argument[-(1:3)]) data[[name]] <- factor(data[[name]])
memory <- function(field) {
  if (!file.exists("/proc/self/status")) return(NaN)
  line <- grep(paste0("^", field), readLines("/proc/self/status"), value = TRUE)
  as.numeric(gsub("[^0-9]", "", line)) / 1024
}
before <- memory("VmRSS")
cat("ready\n")
input <- file("stdin", "r")
while (length(readLines(input, 1)) == 1) {
  clock <- proc.time()[["elapsed"]]
  start <- Sys.time()
  m <- suppressWarnings(suppressMessages(lmer(formula, data, REML = reml)))
  seconds <- as.numeric(difftime(Sys.time(), start, units = "secs"))
  criterion <- if (reml) REMLcrit(m) else -2 * as.numeric(logLik(m))
  cat(sprintf('{"seconds": %.6f, "criterion": %.10f, "evaluations": %d, "memory": %s}\n',
              seconds, criterion, as.integer(m@optinfo$feval), format(memory("VmHWM") - before)))
  flush(stdout())
}
