/** Each party's portal: the URL of a request's page with the placeholder `{requestId}`, or null. */
export interface Portals {
  readonly customer: string | null;
  readonly partner: string | null;
  readonly operations: string | null;
}

/** The placeholder in the URL of a portal's page. */
export const requestIdPlaceholder = "{requestId}";

/** Returns the page of a request, or null without a portal. The URL holds no secret: rights come with signing in. */
export function portalPage(portal: string | null, requestId: string): string | null {
  return portal === null ? null : portal.replaceAll(requestIdPlaceholder, encodeURIComponent(requestId));
}
