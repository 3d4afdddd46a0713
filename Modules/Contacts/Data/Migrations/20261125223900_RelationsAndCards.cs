using Crm.Contacts.Domain;
using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Crm.Contacts.Data.Migrations
{
    /// <inheritdoc />
    public partial class RelationsAndCards : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string[]>(
                name: "bank_cards",
                schema: "contacts",
                table: "contacts",
                type: "text[]",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "card_number",
                schema: "contacts",
                table: "contacts",
                type: "character varying(30)",
                maxLength: 30,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "economic_code",
                schema: "contacts",
                table: "contacts",
                type: "character varying(20)",
                maxLength: 20,
                nullable: true);

            migrationBuilder.AddColumn<string[]>(
                name: "ibans",
                schema: "contacts",
                table: "contacts",
                type: "text[]",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "liaison_id",
                schema: "contacts",
                table: "contacts",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "english_reverse",
                schema: "contacts",
                table: "base_data",
                type: "character varying(120)",
                maxLength: 120,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "reverse",
                schema: "contacts",
                table: "base_data",
                type: "character varying(120)",
                maxLength: 120,
                nullable: true);

            migrationBuilder.CreateTable(
                name: "contact_relations",
                schema: "contacts",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    contact_id = table.Column<Guid>(type: "uuid", nullable: false),
                    other_id = table.Column<Guid>(type: "uuid", nullable: false),
                    kind_id = table.Column<Guid>(type: "uuid", nullable: false),
                    note = table.Column<string>(type: "character varying(300)", maxLength: 300, nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    created_by = table.Column<Guid>(type: "uuid", nullable: true),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    updated_by = table.Column<Guid>(type: "uuid", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_contact_relations", x => x.id);
                    table.ForeignKey(
                        name: "fk_contact_relations_contacts_contact_id",
                        column: x => x.contact_id,
                        principalSchema: "contacts",
                        principalTable: "contacts",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "fk_contact_relations_contacts_other_id",
                        column: x => x.other_id,
                        principalSchema: "contacts",
                        principalTable: "contacts",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "ix_contacts_liaison_id",
                schema: "contacts",
                table: "contacts",
                column: "liaison_id",
                filter: "liaison_id is not null");

            migrationBuilder.CreateIndex(
                name: "ux_contacts_card_number",
                schema: "contacts",
                table: "contacts",
                column: "card_number",
                unique: true,
                filter: "card_number is not null and deleted_at is null");

            migrationBuilder.CreateIndex(
                name: "ix_contact_relations_other_id",
                schema: "contacts",
                table: "contact_relations",
                column: "other_id");

            migrationBuilder.CreateIndex(
                name: "ux_contact_relations_contact_id_other_id_kind_id",
                schema: "contacts",
                table: "contact_relations",
                columns: new[] { "contact_id", "other_id", "kind_id" },
                unique: true);

            migrationBuilder.Sql(MoreLists.Sql(BaseLists.RelationKind));
            migrationBuilder.Sql("""
                create or replace view contacts.contact_parts as
                select c.id as contact_id,
                  (select coalesce(jsonb_agg(jsonb_build_object('kind', p.kind, 'number', p.number) order by p.position), '[]') from contacts.contact_phones p where p.contact_id = c.id) as phones,
                  (select coalesce(jsonb_agg(e.address order by e.position), '[]') from contacts.contact_emails e where e.contact_id = c.id) as emails,
                  (select coalesce(jsonb_agg(jsonb_build_object('purpose', a.purpose, 'provinceId', a.province_id, 'cityId', a.city_id, 'district', a.district, 'postalCode', a.postal_code, 'text', a.text) order by a.position), '[]')
                     from contacts.contact_addresses a where a.contact_id = c.id) as addresses,
                  (select coalesce(jsonb_agg(jsonb_build_object('companyId', t.company_id, 'positionId', t.position_id, 'departmentId', t.department_id, 'from', t."from", 'to', t."to") order by t."to" is not null, t."from" desc), '[]')
                     from (select * from contacts.contact_positions p where p.person_id = c.id order by p."to" is not null, p."from" desc limit 12) t) as posts,
                  (select coalesce(jsonb_agg(jsonb_build_object('otherId', r.other_id, 'kindId', r.kind_id, 'own', r.own, 'note', r.note) order by r.id), '[]')
                     from (select a.id, a.other_id, a.kind_id, true as own, a.note from contacts.contact_relations a where a.contact_id = c.id
                           union all select b.id, b.contact_id, b.kind_id, false, b.note from contacts.contact_relations b where b.other_id = c.id order by 1 limit 12) r) as relations,
                  case when c.kind <> 'Company' then '[]' else
                  (select coalesce(jsonb_agg(jsonb_build_object('id', w.person_id, 'positionId', w.position_id) order by w.first desc, w.name), '[]')
                     from (select t.person_id, t.position_id, p.name, (t.person_id = c.liaison_id) is true as first from contacts.contact_positions t join contacts.contacts p on p.id = t.person_id and p.deleted_at is null
                           where t.company_id = c.id and t."to" is null order by first desc, p.name limit 12) w) end as people
                from contacts.contacts c
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("delete from contacts.base_data where list = 'relation-kind'");
            migrationBuilder.Sql("""
                drop view contacts.contact_parts;
                create view contacts.contact_parts as
                select c.id as contact_id,
                  (select coalesce(jsonb_agg(jsonb_build_object('kind', p.kind, 'number', p.number) order by p.position), '[]') from contacts.contact_phones p where p.contact_id = c.id) as phones,
                  (select coalesce(jsonb_agg(e.address order by e.position), '[]') from contacts.contact_emails e where e.contact_id = c.id) as emails,
                  (select coalesce(jsonb_agg(jsonb_build_object('purpose', a.purpose, 'provinceId', a.province_id, 'cityId', a.city_id, 'district', a.district, 'postalCode', a.postal_code, 'text', a.text) order by a.position), '[]')
                     from contacts.contact_addresses a where a.contact_id = c.id) as addresses,
                  (select coalesce(jsonb_agg(jsonb_build_object('companyId', t.company_id, 'positionId', t.position_id, 'departmentId', t.department_id) order by t."from"), '[]')
                     from contacts.contact_positions t where t.person_id = c.id and t."to" is null) as posts
                from contacts.contacts c
                """);
            migrationBuilder.DropTable(
                name: "contact_relations",
                schema: "contacts");

            migrationBuilder.DropIndex(
                name: "ix_contacts_liaison_id",
                schema: "contacts",
                table: "contacts");

            migrationBuilder.DropIndex(
                name: "ux_contacts_card_number",
                schema: "contacts",
                table: "contacts");

            migrationBuilder.DropColumn(
                name: "bank_cards",
                schema: "contacts",
                table: "contacts");

            migrationBuilder.DropColumn(
                name: "card_number",
                schema: "contacts",
                table: "contacts");

            migrationBuilder.DropColumn(
                name: "economic_code",
                schema: "contacts",
                table: "contacts");

            migrationBuilder.DropColumn(
                name: "ibans",
                schema: "contacts",
                table: "contacts");

            migrationBuilder.DropColumn(
                name: "liaison_id",
                schema: "contacts",
                table: "contacts");

            migrationBuilder.DropColumn(
                name: "english_reverse",
                schema: "contacts",
                table: "base_data");

            migrationBuilder.DropColumn(
                name: "reverse",
                schema: "contacts",
                table: "base_data");
        }
    }
}
