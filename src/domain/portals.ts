/** The pages of a request at each party's portal, with `{requestId}` where its ID goes; null: that party has no portal. */
export interface Portals {
  readonly customer: string | null;
  readonly partner: string | null;
  readonly operations: string | null;
}

/** The placeholder in the URL of a portal's page. */
export const requestIdPlaceholder = "{requestId}";

/** The page of one request, or null without a portal. It holds no secret: signing in decides who sees what. */
export function portalPage(portal: string | null, requestId: string): string | null {
  return portal === null ? null : portal.replaceAll(requestIdPlaceholder, encodeURIComponent(requestId));
}
