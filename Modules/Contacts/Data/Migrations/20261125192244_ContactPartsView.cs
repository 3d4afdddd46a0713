using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Crm.Contacts.Data.Migrations
{
    /// <inheritdoc />
    public partial class ContactPartsView : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("""
                create or replace view contacts.contact_parts as
                select c.id as contact_id,
                  (select coalesce(jsonb_agg(jsonb_build_object('kind', p.kind, 'number', p.number) order by p.position), '[]') from contacts.contact_phones p where p.contact_id = c.id) as phones,
                  (select coalesce(jsonb_agg(e.address order by e.position), '[]') from contacts.contact_emails e where e.contact_id = c.id) as emails,
                  (select coalesce(jsonb_agg(jsonb_build_object('purpose', a.purpose, 'provinceId', a.province_id, 'cityId', a.city_id, 'district', a.district, 'postalCode', a.postal_code, 'text', a.text) order by a.position), '[]')
                     from contacts.contact_addresses a where a.contact_id = c.id) as addresses,
                  (select coalesce(jsonb_agg(jsonb_build_object('companyId', t.company_id, 'positionId', t.position_id, 'departmentId', t.department_id) order by t."from"), '[]')
                     from contacts.contact_positions t where t.person_id = c.id and t."to" is null) as posts
                from contacts.contacts c
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("drop view contacts.contact_parts");
        }
    }
}
