using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Crm.Contacts.Data.Migrations
{
    /// <inheritdoc />
    public partial class SupplierScores : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<Guid>(
                name: "importance_id",
                schema: "contacts",
                table: "contacts",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "months",
                schema: "contacts",
                table: "base_data",
                type: "integer",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "supplier_criteria",
                schema: "contacts",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    title = table.Column<string>(type: "character varying(120)", maxLength: 120, nullable: false),
                    english_title = table.Column<string>(type: "character varying(120)", maxLength: 120, nullable: true),
                    description = table.Column<string>(type: "character varying(500)", maxLength: 500, nullable: true),
                    weight = table.Column<int>(type: "integer", nullable: false),
                    order = table.Column<int>(type: "integer", nullable: false),
                    active = table.Column<bool>(type: "boolean", nullable: false),
                    folded = table.Column<string>(type: "character varying(120)", maxLength: 120, nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    created_by = table.Column<Guid>(type: "uuid", nullable: true),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    updated_by = table.Column<Guid>(type: "uuid", nullable: true),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_supplier_criteria", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "supplier_evaluations",
                schema: "contacts",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    contact_id = table.Column<Guid>(type: "uuid", nullable: false),
                    scored_on = table.Column<DateOnly>(type: "date", nullable: false),
                    scored_by = table.Column<Guid>(type: "uuid", nullable: true),
                    period_from = table.Column<DateOnly>(type: "date", nullable: true),
                    period_to = table.Column<DateOnly>(type: "date", nullable: true),
                    note = table.Column<string>(type: "character varying(2000)", maxLength: 2000, nullable: true),
                    total = table.Column<decimal>(type: "numeric(4,1)", precision: 4, scale: 1, nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    created_by = table.Column<Guid>(type: "uuid", nullable: true),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    updated_by = table.Column<Guid>(type: "uuid", nullable: true),
                    deleted_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    deleted_by = table.Column<Guid>(type: "uuid", nullable: true),
                    deletion_id = table.Column<Guid>(type: "uuid", nullable: true),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_supplier_evaluations", x => x.id);
                    table.ForeignKey(
                        name: "fk_supplier_evaluations_contacts_contact_id",
                        column: x => x.contact_id,
                        principalSchema: "contacts",
                        principalTable: "contacts",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "supplier_ratings",
                schema: "contacts",
                columns: table => new
                {
                    contact_id = table.Column<Guid>(type: "uuid", nullable: false),
                    evaluation_id = table.Column<Guid>(type: "uuid", nullable: false),
                    total = table.Column<decimal>(type: "numeric(4,1)", precision: 4, scale: 1, nullable: false),
                    scored_on = table.Column<DateOnly>(type: "date", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_supplier_ratings", x => x.contact_id);
                    table.ForeignKey(
                        name: "fk_supplier_ratings_contacts_contact_id",
                        column: x => x.contact_id,
                        principalSchema: "contacts",
                        principalTable: "contacts",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "supplier_scores",
                schema: "contacts",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    evaluation_id = table.Column<Guid>(type: "uuid", nullable: false),
                    criterion_id = table.Column<Guid>(type: "uuid", nullable: false),
                    weight = table.Column<int>(type: "integer", nullable: false),
                    points = table.Column<int>(type: "integer", nullable: false),
                    note = table.Column<string>(type: "character varying(500)", maxLength: 500, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_supplier_scores", x => x.id);
                    table.ForeignKey(
                        name: "fk_supplier_scores_supplier_criteria_criterion_id",
                        column: x => x.criterion_id,
                        principalSchema: "contacts",
                        principalTable: "supplier_criteria",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_supplier_scores_supplier_evaluations_evaluation_id",
                        column: x => x.evaluation_id,
                        principalSchema: "contacts",
                        principalTable: "supplier_evaluations",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "ux_supplier_criteria_folded",
                schema: "contacts",
                table: "supplier_criteria",
                column: "folded",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_supplier_evaluations_contact_id_scored_on",
                schema: "contacts",
                table: "supplier_evaluations",
                columns: new[] { "contact_id", "scored_on" });

            migrationBuilder.CreateIndex(
                name: "ix_supplier_evaluations_scored_on",
                schema: "contacts",
                table: "supplier_evaluations",
                column: "scored_on");

            migrationBuilder.CreateIndex(
                name: "ix_supplier_scores_criterion_id",
                schema: "contacts",
                table: "supplier_scores",
                column: "criterion_id");

            migrationBuilder.CreateIndex(
                name: "ux_supplier_scores_evaluation_id_criterion_id",
                schema: "contacts",
                table: "supplier_scores",
                columns: new[] { "evaluation_id", "criterion_id" },
                unique: true);
            migrationBuilder.Sql(Domain.FirstSupplierLists.Sql());
            migrationBuilder.Sql(Domain.SupplierRating.Sql);
            migrationBuilder.Sql("""
                create or replace view contacts.contact_parts as
                select c.id as contact_id,
                  (select coalesce(jsonb_agg(jsonb_build_object('kind', p.kind, 'number', p.number) order by p.position), '[]') from contacts.contact_phones p where p.contact_id = c.id) as phones,
                  (select coalesce(jsonb_agg(e.address order by e.position), '[]') from contacts.contact_emails e where e.contact_id = c.id) as emails,
                  (select coalesce(jsonb_agg(jsonb_build_object('purpose', a.purpose, 'provinceId', a.province_id, 'cityId', a.city_id, 'district', a.district, 'postalCode', a.postal_code, 'text', a.text, 'country', a.country, 'latitude', a.latitude, 'longitude', a.longitude) order by a.position), '[]')
                     from contacts.contact_addresses a where a.contact_id = c.id) as addresses,
                  (select coalesce(jsonb_agg(jsonb_build_object('companyId', t.company_id, 'positionId', t.position_id, 'departmentId', t.department_id, 'from', t."from", 'to', t."to") order by t."to" is not null, t."from" desc), '[]')
                     from (select * from contacts.contact_positions p where p.person_id = c.id order by p."to" is not null, p."from" desc limit 12) t) as posts,
                  (select coalesce(jsonb_agg(jsonb_build_object('otherId', r.other_id, 'kindId', r.kind_id, 'own', r.own, 'note', r.note) order by r.id), '[]')
                     from (select a.id, a.other_id, a.kind_id, true as own, a.note from contacts.contact_relations a where a.contact_id = c.id
                           union all select b.id, b.contact_id, b.kind_id, false, b.note from contacts.contact_relations b where b.other_id = c.id order by 1 limit 12) r) as relations,
                  case when c.kind <> 'Company' then '[]' else
                  (select coalesce(jsonb_agg(jsonb_build_object('id', w.person_id, 'positionId', w.position_id) order by w.first desc, w.name), '[]')
                     from (select t.person_id, t.position_id, p.name, (t.person_id = c.liaison_id) is true as first from contacts.contact_positions t join contacts.contacts p on p.id = t.person_id and p.deleted_at is null
                           where t.company_id = c.id and t."to" is null order by first desc, p.name limit 12) w) end as people,
                  (select coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'on', s.scored_on, 'total', s.total, 'by', s.scored_by) order by s.scored_on desc, s.id desc), '[]')
                     from (select * from contacts.supplier_evaluations e where e.contact_id = c.id and e.deleted_at is null order by e.scored_on desc, e.id desc limit 5) s) as scores
                from contacts.contacts c
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("""
                drop view contacts.contact_parts;
                create view contacts.contact_parts as
                select c.id as contact_id,
                  (select coalesce(jsonb_agg(jsonb_build_object('kind', p.kind, 'number', p.number) order by p.position), '[]') from contacts.contact_phones p where p.contact_id = c.id) as phones,
                  (select coalesce(jsonb_agg(e.address order by e.position), '[]') from contacts.contact_emails e where e.contact_id = c.id) as emails,
                  (select coalesce(jsonb_agg(jsonb_build_object('purpose', a.purpose, 'provinceId', a.province_id, 'cityId', a.city_id, 'district', a.district, 'postalCode', a.postal_code, 'text', a.text, 'country', a.country, 'latitude', a.latitude, 'longitude', a.longitude) order by a.position), '[]')
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
            migrationBuilder.Sql("drop table contacts.supplier_ratings; drop function contacts.note_evaluations cascade; drop function contacts.rate_suppliers");
            migrationBuilder.Sql("delete from contacts.base_data where list = 'supplier-importance'");
            migrationBuilder.DropTable(
                name: "supplier_scores",
                schema: "contacts");

            migrationBuilder.DropTable(
                name: "supplier_criteria",
                schema: "contacts");

            migrationBuilder.DropTable(
                name: "supplier_evaluations",
                schema: "contacts");

            migrationBuilder.DropColumn(
                name: "importance_id",
                schema: "contacts",
                table: "contacts");

            migrationBuilder.DropColumn(
                name: "months",
                schema: "contacts",
                table: "base_data");
        }
    }
}
