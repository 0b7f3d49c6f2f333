"""How tall people are, and how wrong an estimated height is: what a body's size is worth as a witness of scale.

An estimated height H of a person h tall is off by b = log(H / h). How likely each b is depends on H: that a body of
2.1 m is 20 % too tall is likelier than that one of 1.7 m is, for there are few people of 2.1 m and many of 1.75.

* Statures: adults about 1.70 m (men 1.76, women 1.63, 7 cm each: 5.6 % together, a little wider for the world's
  populations), with Student-t tails for the very tall and the very short; one person in twenty is a child, anything
  between 0.9 and 1.6 m.
* Estimates: Student-t about the truth with the estimator's own spread. Every second child comes out as a small adult
  whatever its size: body models' shapes are adults'. How many children there are, and how many are mistaken so, are
  guesses, chosen as `scale` says. A height given to within 1.5 % was measured, and takes no child for an adult.
"""

import numpy as np

from share_data.camera import Floats

ADULT_M, ADULT_SD, ADULT_DOF = 1.70, 0.065, 3.0
CHILDREN, CHILD_M = 0.05, (0.9, 1.6)
MISTAKEN, SMALL_ADULT_M, SMALL_ADULT_SD = 0.5, 1.6, 0.09
ESTIMATE_DOF = 4.0
MEASURED_SD = 0.015


def height_error_density(errors: Floats, height: float, sd: float) -> Floats:
    """How likely an estimated height is off by each of these, up to a factor.

    Args:
        errors: (N,) log of the estimated height over the true one.
        height: as estimated, metres.
        sd: of the estimator's error, relative.

    Returns:
        (N,) not negative.
    """
    true = np.log(height) - errors
    child = ((true > np.log(CHILD_M[0])) & (true < np.log(CHILD_M[1]))) / np.log(CHILD_M[1] / CHILD_M[0])
    adult = student(true - np.log(ADULT_M), ADULT_SD, ADULT_DOF)
    right = student(errors, sd, ESTIMATE_DOF)
    as_adult = np.exp(-(((np.log(height) - np.log(SMALL_ADULT_M)) / SMALL_ADULT_SD) ** 2) / 2)
    as_adult /= SMALL_ADULT_SD * np.sqrt(2 * np.pi)
    mistaken = 0.0 if sd <= MEASURED_SD else MISTAKEN
    seen_right = (1 - CHILDREN) * adult + CHILDREN * (1 - mistaken) * child
    return np.asarray(right * seen_right + CHILDREN * mistaken * child * as_adult)


def student(x: Floats, scale: float, dof: float) -> Floats:
    """Student-t density of x, with this scale and so many degrees of freedom."""
    from scipy.special import gammaln

    log_norm = gammaln((dof + 1) / 2) - gammaln(dof / 2) - 0.5 * np.log(dof * np.pi) - np.log(scale)
    return np.asarray(np.exp(log_norm) * (1 + (x / scale) ** 2 / dof) ** (-(dof + 1) / 2))
