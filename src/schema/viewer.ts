import { Field } from "type-graphql";
import { ViewerRole } from "../domain/model";
import { Partner } from "./directory";
import { ObjectType } from "./objectType";

@ObjectType({ description: "The person of the access token." })
export class Viewer {
  @Field(() => String, { description: "E-mail address, in lower case." })
  email: string;

  @Field(() => String, { nullable: true, description: "The person's name, if it is known." })
  displayName: string | null;

  @Field(() => [ViewerRole], { description: "All parts that the person plays; empty for one with no part here." })
  roles: ViewerRole[];

  @Field(() => Partner, { nullable: true, description: "The partner organization that the viewer works for." })
  partner: Partner | null;

  @Field(() => Boolean, {
    description: "Whether the viewer may accept and decline for that partner. False without a partner.",
  })
  canRespondToCocp: boolean;
}
