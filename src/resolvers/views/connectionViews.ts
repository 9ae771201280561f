import type { Page } from "../../services/pagination";
import type { RecordPage } from "../../services/requests/readRecordPage";
import type { PartialRow, VisibleRecord } from "../../services/requests/readRecords";
import type { RecordView } from "./recordViews";

class PageInfoView<Item> {
  constructor(private readonly page: Page<Item>) {}

  get hasNextPage() {
    return this.page.hasNextPage;
  }
  get hasPreviousPage() {
    return this.page.hasPreviousPage;
  }
  get startCursor() {
    return this.#cursorAt(0);
  }
  get endCursor() {
    return this.#cursorAt(-1);
  }
  #cursorAt(index: number) {
    const item = this.page.items.at(index);
    return item === undefined ? null : this.page.cursorOf(item);
  }
}

/** A page as a Relay connection. */
export class ConnectionView<Item, Node, P extends Page<Item> = Page<Item>> {
  constructor(
    readonly page: P,
    private readonly toNode: (item: Item) => Node,
  ) {}

  get nodes() {
    return this.page.items.map(this.toNode);
  }
  get edges() {
    return this.page.items.map((item) => ({ cursor: this.page.cursorOf(item), node: this.toNode(item) }));
  }
  get pageInfo() {
    return new PageInfoView(this.page);
  }
}

export class RecordConnectionView extends ConnectionView<VisibleRecord<PartialRow>, RecordView, RecordPage> {
  get feedCursor() {
    return this.page.feedCursor();
  }
}
