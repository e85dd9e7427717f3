"""When which way to learn from labels is the right one, in a line each."""

__all__ = ["WHEN"]

WHEN = {
    "plain": "When the labels are mostly right, or to see what the others gain.",
    "co-teaching": "When single pixels or strokes are wrong at random places. Two "
    "networks: twice the time.",
    "jocor": "As Co-teaching, and steadier when many labels are wrong. Two networks: "
    "twice the time.",
    "tri-network": "When the labels of whole images differ in quality. Three networks: "
    "three times the time.",
    "superpixel-guided": "When outlines are off, as in labels drawn fast or by several "
    "hands. Two networks: it chooses and mends whole patches of alike pixels.",
    "adele": "When objects are drawn too large, too small or missed, and classes are "
    "not equally hard to learn. One network.",
}
"""Name in LEARNERS to a line for the person who chooses."""
