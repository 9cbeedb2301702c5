/** The actions that a vendor publishes, by type. */
export interface VendorCatalogue {
  readonly vendor: string
  readonly groups: readonly { readonly name: string; readonly description: string }[]
  readonly actions: readonly {
    readonly action: string
    readonly group: string
    /** Empty where the vendor tells nothing but the name. */
    readonly description: string
  }[]
}
