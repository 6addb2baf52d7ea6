/** The package declares no types for its dictionaries: pairs of a traditional and a simplified character, `國 国|…`. */
declare module 'opencc-js/dict/TSCharacters' {
  const pairs: string;
  // biome-ignore lint/style/noDefaultExport: it is how the package exports them
  export default pairs;
}
