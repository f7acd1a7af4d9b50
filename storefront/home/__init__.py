"""Identity has one home: operators sign in there and keys are kept there; the other processes ask it."""
