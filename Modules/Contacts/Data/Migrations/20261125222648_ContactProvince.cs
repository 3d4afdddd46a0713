using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Crm.Contacts.Data.Migrations
{
    /// <inheritdoc />
    public partial class ContactProvince : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<int>(
                name: "province_id",
                schema: "contacts",
                table: "contacts",
                type: "integer",
                nullable: true);

            migrationBuilder.Sql("""
                update contacts.contacts c set province_id = a.province_id
                from (select distinct on (contact_id) contact_id, province_id from contacts.contact_addresses where province_id is not null order by contact_id, position) a
                where a.contact_id = c.id;
                update platform.search s set record = 'contacts', owner_id = c.owner_id, province_id = c.province_id from contacts.contacts c where c.id = s.id;
                """);

            migrationBuilder.CreateIndex(
                name: "ix_contacts_province_id",
                schema: "contacts",
                table: "contacts",
                column: "province_id",
                filter: "province_id is not null");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_contacts_province_id",
                schema: "contacts",
                table: "contacts");

            migrationBuilder.DropColumn(
                name: "province_id",
                schema: "contacts",
                table: "contacts");
        }
    }
}
