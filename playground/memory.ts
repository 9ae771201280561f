const personKey = "changeover:person";
const tokenKey = "changeover:token";

/**
 * What the browser remembers. The person chosen last is offered to new windows, while each window keeps its own:
 * customer and partner can be watched side by side. A pasted token stays in its window and ends with it.
 */
export const memory = {
  person: () => sessionStorage.getItem(personKey) ?? localStorage.getItem(personKey),
  rememberPerson(email: string) {
    sessionStorage.setItem(personKey, email);
    localStorage.setItem(personKey, email);
  },
  token: () => sessionStorage.getItem(tokenKey) ?? "",
  rememberToken: (token: string) => sessionStorage.setItem(tokenKey, token),
  /** Forgets the tabs as they were edited; GraphiQL keeps them under its own prefix. */
  forgetTabs() {
    for (const key of Object.keys(localStorage)) if (key.startsWith("graphiql:")) localStorage.removeItem(key);
  },
};
