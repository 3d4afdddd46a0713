using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Crm.Contacts.Data.Migrations
{
    /// <inheritdoc />
    public partial class Counties : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<int>(
                name: "county_id",
                schema: "contacts",
                table: "places",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "district_id",
                schema: "contacts",
                table: "places",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "kind",
                schema: "contacts",
                table: "places",
                type: "character varying(40)",
                maxLength: 40,
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<int>(
                name: "county_id",
                schema: "contacts",
                table: "contact_addresses",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "county_id",
                schema: "contacts",
                table: "contacts",
                type: "integer",
                nullable: true);

            migrationBuilder.Sql(CountyLists.Sql());
            migrationBuilder.Sql("""
                create or replace view contacts.contact_parts as
                select c.id as contact_id,
                  (select coalesce(jsonb_agg(jsonb_build_object('kind', p.kind, 'number', p.number) order by p.position), '[]') from contacts.contact_phones p where p.contact_id = c.id) as phones,
                  (select coalesce(jsonb_agg(e.address order by e.position), '[]') from contacts.contact_emails e where e.contact_id = c.id) as emails,
                  (select coalesce(jsonb_agg(jsonb_build_object('purpose', a.purpose, 'provinceId', a.province_id, 'countyId', a.county_id, 'cityId', a.city_id, 'district', a.district, 'postalCode', a.postal_code, 'text', a.text, 'country', a.country, 'latitude', a.latitude, 'longitude', a.longitude) order by a.position), '[]')
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
            migrationBuilder.Sql("delete from contacts.places where kind in ('County', 'District')");
            migrationBuilder.DropColumn(
                name: "county_id",
                schema: "contacts",
                table: "places");

            migrationBuilder.DropColumn(
                name: "district_id",
                schema: "contacts",
                table: "places");

            migrationBuilder.DropColumn(
                name: "kind",
                schema: "contacts",
                table: "places");

            migrationBuilder.DropColumn(
                name: "county_id",
                schema: "contacts",
                table: "contact_addresses");

            migrationBuilder.DropColumn(
                name: "county_id",
                schema: "contacts",
                table: "contacts");
        }
    }
}
