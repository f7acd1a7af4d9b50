"""The borders between modules that imports alone do not show; `tests/boundaries` plants a violation of each rule."""
