"""The mixed-model engine: arrays in, documented dataclasses out. numpy and scipy; no pandas, no Qt."""
