import { testHistories } from "../support/histories/testHistories";

/** Ten times as many random histories as the fast suite plays, and other ones. */
testHistories(1001, 300);
