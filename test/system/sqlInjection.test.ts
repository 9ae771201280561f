/** All of "J6": the fast suite tries each text over one transport, this one over all. */
import "../hostile/sqlInjection.test";
