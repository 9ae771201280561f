/** All of "J3": the fast suite tries each text over one transport, this one over all. */
import "../hostile/input.test";
